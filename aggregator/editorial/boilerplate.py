"""Blocks and phrases that are no part of an article: where it appeared, who wrote it, how to read on (checklist L6, L7).

Everything here is anchored to whole blocks, or to the beginning or end of a text: a near-miss inside a sentence stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aggregator.editorial.shingles import letters
from aggregator.editorial.text import BULLET, HEADING

ELLIPSIS = "…"
_I = re.IGNORECASE

# A block that says where the text comes from, in the wording of WordPress and its translations.
# ruff: noqa: E501 - patterns of one language each, in one line
_APPEARED = re.compile(
    r"""^(?:
    (?:The\s+(?:post|article|entry|story)|This\s+(?:post|article|entry|story)|Post)\s.*\b(?:first\s+appeared|appeared\s+first|was\s+(?:first|originally)\s+published|originally\s+appeared|was\s+published\s+first)\b.*
    |(?:This\s+)?(?:originally|first)\s+(?:published|appeared)\s+(?:on|at|in)\s.{1,100}
    |Der\s+(?:Beitrag|Artikel)\s.*\b(?:erschien\s+zuerst|erschien)\s+(?:auf|bei)\b.*|(?:Dieser|Der)\s+(?:Beitrag|Artikel)\s.*\b(?:ist|wurde)\s+zuerst\b.*
    |(?:L['’]article|Cet\s+article|Le\s+billet)\s.*\b(?:est\s+apparu\s+en\s+premier|est\s+d['’]abord\s+apparu|a\s+été\s+publié\s+en\s+premier)\b.*
    |(?:La\s+entrada|El\s+artículo|El\s+cargo|La\s+publicación|Esta\s+entrada)\s.*\b(?:se\s+publicó\s+primero|apareció\s+primero|fue\s+publicad[oa]|aparece\s+primero)\b.*
    |(?:L['’]articolo|Il\s+post)\s.*\b(?:proviene\s+da|sembra\s+essere\s+il\s+primo|è\s+apparso)\b.*
    |(?:O\s+post|O\s+artigo|O\s+conteúdo|A\s+postagem)\s.*\b(?:apareceu\s+primeiro|apareceu\s+em\s+primeiro|aparece\s+primeiro|foi\s+publicado)\b.*
    |(?:Het\s+bericht|Het\s+artikel)\s.*\bverscheen\s+eerst\b.*
    |(?:Artykuł|Wpis)\s.*\bpochodzi\s+z\s+serwisu\b.*|(?:Artykuł|Wpis)\s.*\bpojawił\s+się\s+(?:poraz|najpierw|pierwszy)\b.*
    |(?:Inlägget|Artikeln)\s.*\bdök\s+först\s+upp\b.*|Indlægget\s.*\bblev\s+først\s+udgivet\b.*|Innlegget\s.*\bdukket\s+først\s+opp\b.*
    |Artikkeli\s.*\bjulkaistiin\s+ensimmäisen\b.*|Příspěvek\s.*\bpochází\s+z\b.*|(?:Запись|Сообщение)\s.*\b(?:впервые\s+появилась|появились\s+сначала|взята)\b.*
    |A\s+bejegyzés\s.*\belőször\b.*|.{1,150}\s+yazısı\s+(?:ilk\s+önce|ilk\s+olarak)\b.*|.{1,150}(?:は|が)\s?.{0,60}に最初に(?:表示されました|投稿)。?
    |投稿\s?.{1,150}\s?は\s?.{1,60}\s?に最初に表示されました。?
    )$""",
    _I | re.VERBOSE | re.DOTALL,
)
# A whole block, or the tail of a text, that only leads on.
_ON = (
    r"(?:(?:continue|keep)\s+reading|read\s+(?:more|on|the\s+(?:rest|full|whole|complete|entire)\b[^.!?]{0,60}|full\s+(?:article|story|post)|(?:it|this)\s+(?:here|now))"
    r"|view\s+(?:full\s?size|original|full\s+(?:post|article|story))|full\s+(?:story|article)|more\s+details|learn\s+more|see\s+more"
    r"|weiterlesen|mehr\s+lesen|weiter\s+lesen|hier\s+weiterlesen|lire\s+(?:la\s+suite|plus|l['’]article(?:\s+complet)?)|en\s+savoir\s+plus"
    r"|leer\s+más|seguir\s+leyendo|sigue\s+leyendo|continuar\s+leyendo|leggi\s+(?:tutto|di\s+più|l['’]articolo)|continua\s+a\s+leggere|continua"
    r"|(?:leia|ler)\s+mais|continue\s+lendo|continuar\s+lendo|lees\s+(?:meer|verder)|verder\s+lezen|läs\s+mer|les\s+mer|læs\s+mere|lue\s+lisää"
    r"|czytaj\s+(?:więcej|dalej)|čtěte\s+dál|číst\s+dál|celý\s+článek|читать\s+(?:далее|дальше|полностью)|читати\s+далі|devamını\s+oku|tovább"
    r"|続きを読む|もっと読む|阅读全文|阅读更多|閱讀全文|閱讀更多|继续阅读|더\s?보기|계속\s?읽기|اقرأ\s+المزيد|קרא\s+עוד|ادامه\s+مطلب)"
)
_READ_ON = re.compile(rf"^[\[(]?\s*{_ON}.{{0,120}}?\s*[\])]?[\s.…>»→›:]*$", _I)
_READ_ON_ONLY = re.compile(rf"^[\[(]?\s*{_ON}\s*[\])]?[\s.…>»→›&gt;]*$", _I)
_TAIL_ON = re.compile(rf"(?:(?<=[.!?…。！？”\"»)\]])|(?<=\.\.\.))\s*[\[(]?\s*{_ON}\s*[\])]?[\s.>»→›]*$", _I)
_LOOSE_TAIL_ON = re.compile(
    r"\s+(?:[\[(]\s*)?(?:continue\s+reading|read\s+(?:more|full\s+(?:article|story|post)|the\s+(?:full|rest)[^.!?]{0,40})|weiterlesen|"
    r"lire\s+la\s+suite|leer\s+más|läs\s+mer|leggi\s+tutto|читать\s+далее|more)(?:\s*[\])])?\s*(?:>>|»|→|›|\.\.\.|…)+\s*$",
    _I,
)
# Blocks that stand before, after or between, whatever they are about.
_FURNITURE = re.compile(
    r"""^(?:
    \[?(?:link|comments?)\]?(?:\s+\[?(?:link|comments?)\]?)*|submitted\s+by\s+/?u/\S+(?:\s+to\s+/?r/\S+)?(?:\s+\[?link\]?\s*\[?comments?\]?)?
    |(?:Article|Comments)\s+URL:.*|Points:\s*\d+|\#\s*Comments:\s*\d+
    |(?:Filed\s+under|Tagged(?:\s+with|\s+as)?|Tags?|Categor(?:y|ies)|Labels?|Schlagwörter|Kategorien?|Étiquettes|Mots[- ]clés|Etiquetas|Categorías?|Categorie|Ämnen|Метки|Теги)\s*:.*
    |(?:Share|Like|Tweet|Pin|Email|E-mail|Print|Save|Follow)(?:\s+(?:this|on|it|us|via|to|post|article))*\s*:?(?:\s+(?:Facebook|Twitter|X|LinkedIn|WhatsApp|Pinterest|Reddit|Telegram|Mastodon|email|print),?)*
    |(?:Teilen|Partager|Compartir|Condividi|Compartilhar|Delen|Dela|Udostępnij|Поделиться|シェア|分享)\b.{0,60}
    |(?:Sign\s+up|Subscribe|Follow\s+us|Join\s+(?:our|us|the)|Get\s+(?:our|the\s+best)|Support\s+us|Donate|Become\s+a\s+(?:member|patron))\b.{0,200}
    |(?:Abonnieren|Newsletter\s+abonnieren|Jetzt\s+anmelden|Abonnez-vous|Inscrivez-vous|Suscríbete|Iscriviti|Inscreva-se|Prenumerera|Подпис(?:аться|ывайтесь))\b.{0,200}
    |(?:Advertisements?|Advert|Ad|Sponsored(?:\s+(?:by|content|post))?|Sponsor|Promoted|Anzeige|Werbung|Publicité|Publicidad|Pubblicità|Publicidade|Annons|Reklam[ea]?|Реклама|广告|広告|PR)(?:\s*[:：].*)?
    |(?:Leave\s+a\s+(?:comment|reply)|No\s+comments?|\d+\s+comments?|Comments|Discuss\s+(?:this|on).{0,60}|Related(?:\s+(?:posts?|articles?|stories|reading|links?|content))?\s*:?.{0,100}|See\s+also\s*:.{0,100}|Read\s+(?:also|next)\s*:.{0,150}|More\s+(?:from|on|in|about)\s.{1,80})
    |(?:View|Click(?:\s+(?:here|to))?)\s+(?:full\s?size|to\s+enlarge|to\s+view.{0,40}|image|gallery|larger.{0,20})
    |(?:Latest\s+(?:news|posts|articles)\s+from)\s.{1,80}
    |(?:(?:The\s+)?(?:full\s+)?(?:transcript|show\s?notes|shownotes)|Full\s+transcript(?:\s+and\s+show\s+notes)?|(?:Listen|Download|Watch|Play|Subscribe)(?:\s+(?:to|on|the|this|it|in))+)\b[^.!?]{0,80}?(?:\s+at\s+\S+|\s+here\b.{0,20}|:\s*\S+)
    |Table\s+of\s+contents|Contents|Inhalt(?:sverzeichnis)?|Table\s+des\s+matières|Sommaire|Índice|Indice|Содержание|目次|目录
    |(?:Photo|Image|Picture|Credit|Photograph|Illustration|Foto|Bild|Crédit|Photo\s+credit|Image\s+credit|Source|Bildquelle|Quelle|Crédito|Fuente|Фото)(?:\s+(?:by|courtesy|credit|via|von|par|de))?\s*[:：/©].{1,120}
    |(?:Copyright\s+)?(?:©|\(c\))\s*(?:Copyright\s*)?\d{4}.{0,120}|All\s+rights\s+reserved\.?
    |Loading\.{3}|Your\s+browser\s+does\s+not\s+support.{0,80}|(?:Please\s+)?enable\s+JavaScript.{0,80}
    )\s*$""",
    _I | re.VERBOSE,
)
_MONTH = r"(?:jan|feb|m[aä]r|apr|ma[iyj]|jun|jul|aug|se[pt]|o[ck]t|nov|de[cz]|янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек)[\w.]*"
_DATE = rf"(?:\w+,?\s+)?(?:\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:de\s+)?{_MONTH},?\s+(?:de\s+)?\d{{4}}|{_MONTH}\s+(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s+)?\d{{4}}|\d{{4}}-\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}})"
_DATED = re.compile(
    rf"^(?:(?:last\s+)?(?:updated|published|posted|modified|date|aktualisiert|veröffentlicht|stand|publié|mis\s+à\s+jour|publicado|actualizado|pubblicato|aggiornato|обновлено|опубликовано)(?:\s+(?:on|at|am|le|el|il))?\s*:?\s*)?{_DATE}(?:[\s,|–-]+(?:at\s+)?\d{{1,2}}[:.]\d\d\s*(?:[ap]\.?m\.?)?(?:\s*\w{{2,5}})?)?$",
    _I,
)
_UPDATED = re.compile(r"^(?:last\s+)?(?:updated|published|posted)\s*(?:on|at)?\s*:\s*.{3,40}$", _I)
_BYLINE = re.compile(
    r"^(?:(?:posted|written|reported|published|story|words|text|article|photos?)\s+)?(?:by|von|par|por|di|door|av|af|przez|автор:?|текст:?|作者[:：]?|文[／/:：])\s+"
    r"(?:(?:guest\s+(?:blogger|author|post(?:\s+by)?)|staff(?:\s+writer)?|contributor|dr\.?|prof\.?)\s+)?"
    r"[\w'’.-]+(?:\s+(?:[\w'’.-]+|&|and|und|et|y|e|og|och)){0,7}(?:\s*[,|–-]\s*[^.!?]{1,60})?$",
    _I,
)
_INITIALS = re.compile(r"^\(?[A-ZÄÖÜ]{2,6}(?:[/ .-][A-Z]{2,6})?\)?\.?$")
_AGENCIES = (
    r"AP|A\.P\.|Associated\s+Press|Reuters|REUTERS|AFP|dpa|DPA|EFE|ANSA|UPI|TASS|ТАСС|РИА\s+Новости|Интерфакс|Xinhua|Bloomberg|CNN|BBC|PTI|ANI|IANS|"
    r"Kyodo|Yonhap|PA(?:\s+Media)?|AAP|CP|The\s+Canadian\s+Press|EP|Europa\s+Press|Lusa|Belga|ANP|NTB|TT|Ritzau|STT|PAP|ČTK|MTI|APA|SDA|sda|KNA|epd|SID|Anadolu|AA|"
    r"PRNewswire|PR\s+Newswire|Business\s+Wire|BUSINESS\s+WIRE|GLOBE\s+NEWSWIRE|GlobeNewswire|ACCESSWIRE|Newsfile[^)]{0,20}|Marketwired|KGO|ABC\s+News|NBC|CBS|Fox\s+News|VOA|RFE/RL|Agencia\s+Brasil|Agência\s+Brasil|Notimex|Télam|SANA|IRNA|WAM|SPA"
)
_DATELINE = re.compile(
    rf"^(?:[^\W\d_][\w .,'’/-]{{1,60}}?,?\s*)?(?:{_MONTH}\.?\s+\d{{1,2}},?\s*(?:\d{{4}})?,?\s*)?[(\[/]\s*(?:{_AGENCIES})(?:\s*[/,]\s*[\w .]{{1,20}})?\s*[)\]/]\s*(?:--?|[—–―:])\s*"
)
_CUT_MARKS = re.compile(
    r"\s*(?:\[\s*(?:\.\.\.|…|\.{4,}|&hellip;)\s*\]|\(\s*(?:\.\.\.|…|more\s*(?:\.\.\.|…)?|mehr\s*(?:\.\.\.|…)?)\s*\)|\.{3,}|…(?:\s*…)*)\s*(?:(?:more|mehr|suite|más|altro)?\s*(?:>>|»|→|›|&raquo;))?\s*$",
    _I,
)
_MORE_ARROW = re.compile(r"\s*(?:\bmore|\bmehr|\bread on|\bmás)?\s*(?:»|>>|→|›)\s*$", _I)


def trimmed(
    blocks: Sequence[str], title: str, names: Sequence[str] = (), *, goes_on: bool = False
) -> tuple[list[str], bool]:
    """The blocks that are the article, and whether its publisher has cut it already.

    `title` is the entry's, `names` are those that a byline may consist of. [] when nothing is left. `goes_on`: there are
    more blocks, so that these have no tail.
    """
    known, core = {letters(name) for name in names if name}, letters(title)
    kept = [block for block in blocks if not _is_furniture(block, core, known)]
    kept = _without_head(kept, title, known)
    return (kept, False) if goes_on else _without_tail(kept)


def bare(block: str) -> str:
    """A block without our marks."""
    return block.removeprefix(HEADING).removeprefix(BULLET).strip()


def _is_furniture(block: str, title: str, names: set[str]) -> bool:
    text = bare(block)
    if len(text) > 600:
        return False
    if _FURNITURE.match(text) or _READ_ON_ONLY.match(text):
        return True
    if _APPEARED.match(text):  # only when it speaks of this entry or its site: post offices appear on maps, too
        bones = letters(text)
        return (bool(title) and title in bones) or any(bones.endswith(name) for name in names)
    return len(text) < 200 and bool(_READ_ON.match(text)) and (len(text) < 60 or title in letters(text))


def _without_head(blocks: list[str], title: str, names: set[str]) -> list[str]:
    """Without the title again, bylines, dates and datelines at the beginning."""
    while blocks and _opens_idly(bare(blocks[0]), title, names):
        blocks = blocks[1:]
    if blocks:
        match = _DATELINE.match(blocks[0])
        if match and len(blocks[0]) > match.end() + 20:
            blocks = [blocks[0][match.end() :], *blocks[1:]]
    return blocks


def _opens_idly(text: str, title: str, names: set[str]) -> bool:
    if len(text) > 300:
        return False
    bones = letters(text)
    if not bones or bones == letters(title):
        return bool(title) or not bones
    if bones in names:
        return True
    return len(text) < 90 and any(p.match(text) for p in (_BYLINE, _DATED, _UPDATED, _INITIALS))


def _without_tail(blocks: list[str]) -> tuple[list[str], bool]:
    """Without what leads on; True where the publisher's own cut is seen, which is then marked by one ellipsis."""
    if not blocks:
        return blocks, False
    text = blocks[-1]
    shorter = _LOOSE_TAIL_ON.sub("", _TAIL_ON.sub("", text)).rstrip()
    led_on = shorter != text.rstrip()
    match = _CUT_MARKS.search(shorter)
    if match:
        head = shorter[: match.start()].rstrip(" ,;:–-")
        return ([*blocks[:-1], head + ELLIPSIS] if head else blocks[:-1]), True
    if not led_on:
        shorter = _MORE_ARROW.sub("", shorter) or shorter
    return ([*blocks[:-1], shorter] if shorter else blocks[:-1]), led_on
