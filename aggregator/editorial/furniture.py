"""What is no part of an article, as patterns: where it appeared, who wrote it, how to read on, share bars, credits (checklist L6).

Every pattern is for a whole block, or for the beginning or the end of one: a near-miss inside a sentence stays. Those for
whole blocks are matched against the block in small letters, which is twice as fast as to ignore case.
"""

from __future__ import annotations

import re

from aggregator.editorial.patterns import late

_I = re.IGNORECASE
_X = re.VERBOSE | re.DOTALL
LONGEST = 600  # characters of a block that can be furniture


def _small(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Compiled for text in small letters."""
    return re.compile(_in_small_letters(pattern), flags)


def _in_small_letters(pattern: str) -> str:
    return re.sub(r"\\.|\?P<|[^\W\d_]", lambda part: part[0].lower() if len(part[0]) == 1 else part[0], pattern)


# ruff: noqa: E501 - patterns of one language each, in one line
# A block that says where the text comes from, in the wording of WordPress and its translations.
APPEARED = _small(
    r"""^(?:
    (?:The\s+(?:post|article|entry|story)|This\s+(?:post|article|entry|story)|Post)\s.*\b(?:first\s+appeared|appeared\s+first|was\s+(?:first|originally)\s+published|originally\s+appeared|was\s+published\s+first)\b.*
    |Der\s+(?:Beitrag|Artikel)\s.*\b(?:erschien\s+zuerst|erschien)\s+(?:auf|bei)\b.*|(?:Dieser|Der)\s+(?:Beitrag|Artikel)\s.*\b(?:ist|wurde)\s+zuerst\b.*
    |(?:L['’]article|Cet\s+article|Le\s+billet)\s.*\b(?:est\s+apparu\s+en\s+premier|est\s+d['’]abord\s+apparu|a\s+été\s+publié\s+en\s+premier)\b.*
    |(?:La\s+entrada|El\s+artículo|El\s+cargo|La\s+publicación|Esta\s+entrada)\s.*\b(?:se\s+publicó\s+primero|apareció\s+primero|fue\s+publicad[oa]|aparece\s+primero)\b.*
    |(?:L['’]articolo|Il\s+post)\s.*\b(?:proviene\s+da|sembra\s+essere\s+il\s+primo|è\s+apparso)\b.*
    |(?:O\s+post|O\s+artigo|O\s+conteúdo|A\s+postagem)\s.*\b(?:apareceu\s+primeiro|apareceu\s+em\s+primeiro|aparece\s+primeiro|foi\s+publicado)\b.*
    |(?:Het\s+bericht|Het\s+artikel)\s.*\bverscheen\s+eerst\b.*
    |(?:Artykuł|Wpis)\s.*\bpochodzi\s+z\s+serwisu\b.*|(?:Artykuł|Wpis)\s.*\bpojawił\s+się\s+(?:poraz|najpierw|pierwszy)\b.*
    |(?:Inlägget|Artikeln)\s.*\bdök\s+först\s+upp\b.*|Indlægget\s.*\bblev\s+først\s+udgivet\b.*|Innlegget\s.*\bdukket\s+først\s+opp\b.*
    |Artikkeli\s.*\bjulkaistiin\s+ensimmäisen\b.*|Příspěvek\s.*\bpochází\s+z\b.*|(?:Запись|Сообщение)\s.*\b(?:впервые\s+появилась|появились\s+сначала|взята)\b.*
    |(?:Запис|Допис)\s.*\b(?:вперше\s+з['’]явився|спершу\s+з['’]явився)\b.*|Το\s+άρθρο\s.*\bεμφανίστηκε\s+πρώτα\b.*
    |A\s+bejegyzés\s.*\belőször\b.*|(?:Postarea|Articolul)\s.*\bapare\s+prima\s+dată\b.*|(?:Bài\s+viết|Bài)\s.*\bxuất\s+hiện\s+đầu\s+tiên\b.*
    |(?:Postingan|Artikel)\s.*\bmuncul\s+(?:pertama\s+kali|lebih\s+dulu)\b.*|(?:L['’]article|L['’]entrada)\s.*\bha\s+aparegut\s+primer\b.*|Публикация(?:та)?\s.*\bсе\s+появи\s+първо\b.*
    |(?:ظهرت\s+المقالة|المقالة|التدوينة|ظهر\s+المقال)\s.*\bأولا[ً]?\b.*|نوشته\s.*\bاولین\s+بار\b.*|הפוסט\s.*\bהופיע\s+לראשונה\b.*
    )$""",
    _X,
)
# The same where the title comes first; told by its end, which is cheaper to look at.
APPEARED_LATE = late(
    r"^(?:.{1,300}\s+yazısı\s+(?:ilk\s+önce|ilk\s+olarak)\b.*|.{1,300}\s+님의\s+글은?\s.{1,80}|.{1,300}に最初に(?:表示されました|投稿)。?|.{1,300}(?:最先出现在|最早出现在|最先出現在)\s*.{1,80})$",
    re.DOTALL,
    change=_in_small_letters,
)
LATE = re.compile("yazısı ilk|に最初に|最先出|最早出")

_LATIN_ON = (
    r"(?:(?:continue|keep)\s+reading|read\s+(?:more|on|the\s+(?:rest|full|whole|complete|entire|original)\b[^.!?]{0,60}|full\s+(?:article|story|post|topic)|(?:it|this)\s+(?:here|now))"
    r"|to\s+(?:read|continue\s+reading)\s+(?:this|the|more)\b[^.!?]{0,80}?(?:click\s+here|in\s+full|here)|click\s+(?:here\s+)?to\s+(?:read|continue)\b[^.!?]{0,60}|view\s+(?:the\s+)?(?:full|entire|complete|original)\s+(?:post|article|story|topic|entry)"
    r"|weiterlesen|mehr\s+lesen|weiter\s+lesen|hier\s+weiterlesen|lire\s+(?:la\s+suite|l['’]article\s+complet)|leer\s+más|seguir\s+leyendo|sigue\s+leyendo|continuar\s+leyendo"
    r"|leggi\s+(?:tutto|di\s+più|l['’]articolo)|continua\s+a\s+leggere|(?:leia|ler)\s+mais|continue\s+lendo|continuar\s+lendo|lees\s+(?:meer|verder)|verder\s+lezen"
    r"|läs\s+(?:mer|vidare|hela\s+\w+)|les\s+(?:mer|hele\s+\w+)|læs\s+(?:mere|hele\s+\w+)|lue\s+lisää|czytaj\s+(?:więcej|dalej)|čtěte\s+dál|číst\s+dál|celý\s+článek"
    r"|читать\s+(?:далее|дальше|полностью)|читати\s+(?:далі|більше)|devamını\s+oku|tovább\s+olvas\w*|διαβάστε\s+περισσότερα|συνέχεια|cite[sș]te\s+(?:mai\s+mult|mai\s+departe|continuarea)|xem\s+(?:thêm|tiếp)|đọc\s+(?:thêm|tiếp)|baca\s+(?:selengkapnya|juga|lebih\s+lanjut)|selengkapnya|pročitaj(?:te)?\s+(?:više|još)|прочети\s+(?:още|повече)|прочитај\s+више|llegir\s+més|llegeix-ne\s+més|loe\s+(?:edasi|rohkem)|lasīt\s+(?:tālāk|vairāk)|skaityti\s+(?:toliau|daugiau)|soma\s+zaidi)(?![^\W_])"
)
_OTHER_ON = r"(?:続きを読む|もっと読む|阅读全文|阅读更多|閱讀全文|閱讀更多|继续阅读|繼續閱讀|더\s?보기|계속\s?읽기|اقرأ\s+المزيد|קרא\s+עוד|להמשך\s+קריאה|ادامه\s+مطلب|بیشتر\s+بخوانید|أكمل\s+القراءة|متابعة\s+القراءة|תמשיכו?\s+לקרוא|לקריאה\s+נוספת|อ่าน(?:ต่อ|เพิ่มเติม)|(?:आगे|और|पूरा|अधिक)\s+पढ़ें|আরও\s+পড়ুন|மேலும்\s+படிக்க|مزید\s+پڑھیں|つづきを読む|続きはこちら|繼續看|查看全文|阅读原文|閱讀原文|더\s?읽기|자세히\s?보기)"
_ON = rf"(?:{_LATIN_ON}|{_OTHER_ON})"
# Words that lead on only where they are all that is said.
_ON_ALONE = (
    r"(?:more(?:\s+(?:details|info(?:rmation)?|here))?|learn\s+more|see\s+more|find\s+out\s+more|full\s+(?:story|article|post)|view\s+(?:original|article|post|full\s?size)|details|mehr(?:\s+dazu)?|suite|en\s+savoir\s+plus|lire\s+plus"
    r"|ver\s+más|más|continua|altro|saiba\s+mais|mais|meer|mer|více|więcej|далее|подробнее|tovább|devamı|続き|更多|全文|자세히)"
)
_ARROWS = r"[\s.…>»→›⟶➜:&%]*"
READ_ON = _small(
    rf"^[\[(→»>]*\s*(?:{_ON}(?:\s*[\])]?{_ARROWS}|\s*[:»→›>…%\-–—].{{0,140}}|\s+(?:about|at|on|in|here|from|of|via|sur|dans|über|auf|bei|sobre|en|em|su|på|om|op|na|в|на)\b.{{0,120}})|(?P<alone>{_ON_ALONE})\s*[\])]?{_ARROWS})$",
)
READ_ON_TITLE = _small(rf"^[\[(]?\s*{_ON}.{{0,150}}$")  # and the title after it
LED = " .>»→›⟶…])&"  # what may stand behind the words that lead on
TAIL_ON = re.compile(
    r"\s\s*(?:[\[(]\s*)?(?:continue\s+reading|read\s+(?:more|full\s+(?:article|story|post)|the\s+(?:full|rest)[^.!?]{0,40})|weiterlesen|"
    r"lire\s+la\s+suite|leer\s+más|läs\s+mer|leggi\s+tutto|читать\s+далее|more(?=\s*[»>→›\])]))(?:\s*[\])])?\s*(?:>>|»|→|›|\.\.\.|…)+\s*$",
    _I,
)
POINTERS = (">", "»", "→", "›", ".", "…")  # and in what they end then
_ASKED = r"(?:newsletters?|e-?mails?|inbox|mailing\s+list|patreon|patrons?|ko-?fi|paypal|premium|rss|feed|discord|telegram|whatsapp|twitter|facebook|instagram|mastodon|bluesky|linkedin|youtube|(?:our|my|this)\s+channel)"
_CONTENTS = r"(?:Table\s+of\s+contents?|Contents|On\s+this\s+page|In\s+this\s+article|Jump\s+to(?:\s+\w+)?|Inhalt(?:sverzeichnis)?|Table\s+des\s+matières|Sommaire|Índice|Indice|Spis\s+treści|Obsah|Innehåll|Inhoudsopgave|Содержание|Зміст|İçindekiler|目次|目录|目錄|목차)"
_SHARE_WORD = r"(?:(?:click\s+to\s+)?share(?:\s+this)?|tweet(?:\s+this)?|pin(?:\s+it)?|like|post|facebook|twitter|x|linkedin|whatsapp|pinterest|reddit|telegram|tumblr|pocket|flipboard|mastodon|bluesky|threads|messenger|line|vk|e-?mail|print|copy\s+link|on|to|via|with|\(opens\s+in\s+new\s+window\))"
_ALSO = r"(?:See\s+also|Read\s+(?:also|next)|Also\s+read|Further\s+reading|Siehe\s+auch|Lesen\s+Sie\s+auch|Mehr\s+zum\s+Thema|[ÀA]\s+lire\s+aussi|Lire\s+aussi|Voir\s+aussi|Lee\s+también|Leer\s+también|Leggi\s+anche|Leia\s+também|Lees\s+ook|Läs\s+också|Läs\s+även|Czytaj\s+też|Zobacz\s+też|Čtěte\s+také|Читайте\s+также|Читайте\s+також|関連記事|相关阅读|延伸阅读)"
_FORMAT = r"(?:mp3|mp4|m4[ab]|og[ga]|aac|opus|flac|wav|webm|pdf|epub|torrent)"
# Blocks that stand before, after or between, whatever they are about.
_FURNITURE = _small(
    rf"""^(?:
    \[?(?:link|\d*\s*comments?)\]?(?:\s*\[(?:link|\d*\s*comments?)\])*
    |submitted\s+by.{{1,80}}?(?:\[link\])?\s*(?:\[\d*\s*comments?\])?
    |(?:Article|Comments)\s+URL:.*|Points:\s*\d+|\#\s*Comments:\s*\d+|\d+\s+points?(?:\s+by\s+\S+)?,?\s+(?:and\s+)?\d+\s+comments?|\d+\s+posts?\s+-\s+\d+\s+participants?(?:\s+Read\s+full\s+topic)?
    |(?:Filed\s+under|Posted\s+in|Tagged(?:\s+with|\s+as)?|Tags?|Categor(?:y|ies)|Labels?|Topics|Keywords|Schlagwörter|Schlagworte|Kategorien?|Étiquettes|Mots[- ]clés|Etiquetas|Categorías?|Categorie|Ämnen|Tagi|Štítky|Метки|Теги|Рубрика|Ετικέτες|タグ|标签|標籤|태그)\s*[:：].*
    |(?:(?:click\s+to\s+)?share|tweet|pin|e-?mail|print|facebook|twitter|x)\W+(?:{_SHARE_WORD}\W+)*{_SHARE_WORD}\W*
    |{_FORMAT}(?:\W+(?:{_FORMAT}|file|version))*\W*
    |(?:From|Uploaded\s+by|Author)\s*:\s*\S+|\d[\d,.]*\s+ratings?|(?:Time|Length|Duration|Runtime|Laufzeit|Durée)\s*:\s*(?:\d+:)?\d+:\d\d|More\s+in
    |Like\s+Loading\W*|\(?Visited\s+\d[\d,.]*\s+times\b.{{0,60}}|(?:\d+\s+)?(?:views?|reads|likes?|shares?)\s*[:|]?\s*\d+
    |(?:シェア|共有|ツイート|フォロー)(?:する|して.{{0,20}})?|分享(?:到|至).{{0,40}}|(?:شارك|مشاركة|شارك\s+على)(?:\s.{{0,40}})?|שתפו?(?:\s.{{0,40}})?|แชร์(?:\s.{{0,40}})?|साझा\s+करें
    |(?:Share|Like|Tweet|Pin|Email|E-mail|Print|Save|Follow|Bookmark)(?:\s+(?:this|on|it|us|via|to|post|article))*\s*:?(?:\s+(?:Facebook|Twitter|X|LinkedIn|WhatsApp|Pinterest|Reddit|Telegram|Mastodon|Bluesky|email|print),?)*
    |(?:Teilen|Partager|Compartir|Condividi|Compartilhar|Delen|Dela|Del|Jaa|Udostępnij|Sdílet|Поделиться|Поширити|Paylaş|シェア|分享|공유)\b[^.!?]{{0,60}}
    |(?:Sign\s+up|Subscribe|Follow|Join|Support|Donate)(?:\s+(?:us|me|here|now|today)\b[^.!?]{{0,60}})?\s*[.:!…→»]*
    |(?:Sign\s+up|Subscribe|Follow|Join|Get|Support|Donate)\b(?=[^.!?]{{0,160}}\b{_ASKED}\b).{{0,180}}|Subscribe\s*:.{{0,180}}
    |(?:Subscribe\s+to|Support)\s+(?:the|this|our|my)\s+(?:podcast|show|site|blog|channel|work)\b.{{0,160}}|Become\s+an?\s+(?:\w+\s+)?(?:member|patron|subscriber|supporter|sponsor)\b.{{0,180}}
    |(?:Newsletter\s+abonnieren|Abonnieren\s+Sie|Jetzt\s+(?:anmelden|abonnieren)|Abonnez-vous|Inscrivez-vous|Suscríbete|Iscriviti|Inscreva-se|Prenumerera\s+på|Meld\s+je\s+aan|Zapisz\s+się|Подпис(?:аться|ывайтесь)|Підписуйтесь)\b.{{0,200}}
    |(?:Advertisements?|Advert|Ad|Sponsored(?:\s+(?:by|content|post))?|Sponsor|Promoted|Anzeige|Werbung|Publicité|Publicidad|Pubblicità|Publicidade|Annons|Annonce|Reklam[ea]?|Реклама|广告|広告|광고|PR)(?:\s*[:：].*)?
    |(?:This|Today['’]s|This\s+week['’]s)\s+(?:\w+\s+)?(?:episode|show|podcast|post|issue|newsletter|video)\b[^.!?]{{0,60}}\b(?:sponsored|supported|brought\s+to\s+you)\s+by\b.{{0,160}}
    |(?:Leave\s+a\s+(?:comment|reply)|No\s+comments?|\d+\s+(?:comments?|Kommentare?|commentaires?|comentarios?|commenti|reacties|комментари\w+|коментар\w*)|(?:Comments?|Kommentare|Commentaires|Comentarios|Commenti|Комментарии|Reacties)\s*[(\[:]\s*\d+\s*[)\]]?|Comments|Discuss\s+(?:this|on)\b[^.!?]{{0,60}}|Related\s+(?:posts?|articles?|stories|reading|links?|content)\b.{{0,120}}|Related(?:\s*:.{{0,150}})?|More\s+(?:from|on|in|about)\s[^.!?]{{1,80}})
    |{_ALSO}(?:\s*[:：].{{0,200}})?
    |(?:Thanks|Thank\s+you)\s+for\s+(?:reading|listening|watching)\b.{{0,200}}|(?:Enjoy(?:ed|ing)?|Liked?|Loved?)\s+(?:this|the|what\s+you)\b[^.!?]{{0,60}}\?.{{0,160}}
    |(?:View|Read|Open)\s+(?:this\s+(?:email|post|newsletter|issue)\s+)?(?:in|on)\s+(?:your\s+|the\s+|a\s+)?(?:web\s+)?(?:browser|app|web|online).{{0,60}}|(?:Was\s+this\s+(?:email|newsletter)\s+)?Forwarded\s+(?:this\s+(?:email|newsletter|message)|to\s+you)\?.{{0,120}}|Did\s+(?:someone|a\s+friend)\s+forward\s.{{0,140}}|Upgrade\s+(?:to\s+(?:a\s+)?(?:paid|premium)|now|your\s+subscription)\b.{{0,100}}|Unsubscribe\b.{{0,60}}|(?:Refer|Invite)\s+a\s+friend\W*|Pledge\s+your\s+support\W*|Get\s+(?:the\s+app|\d+%\s+off)\b.{{0,80}}|Claim\s+my\s+free\s+post\W*
    |(?:Listen|Watch|Play|Download|Stream|Hear)(?:\s+(?:to|on|the|this|it|in|now|here|or|and|watch|listen|read|download|subscribe|(?:full\s+)?(?:episode|podcast|audio|video|show|interview|conversation)|(?:apple|google)\s+podcasts?|apple|spotify|youtube|soundcloud|mp3|above|below)){{1,8}}\W*
    |(?:This|The)\s+(?:post|article|page|site|blog|story|video|description)\s+(?:may\s+)?(?:contains?|includes?|uses?|has)\s+(?:\w+\s+)?affiliate\s+links?\b.{{0,300}}|As\s+an\s+Amazon\s+Associate\b.{{0,200}}|If\s+you(?:['’]d\s+like|\s+(?:want|wish|would\s+like|like|enjoy\w*))\b(?=[^.!?]{{0,140}}\b(?:support|patreon|subscribe|(?:this|the|my|our)\s+channel)\b).{{0,240}}|Credits?\s*:?|Disclosure\s*:.{{0,300}}|(?:Photo|Image|Picture|Bilder|Foto)[\s-]?(?:gallery|galerie|galería|galleria|strecke)\W*
    |(?:In\s+partnership|In\s+association|Sponsored|Presented|Supported|Brought\s+to\s+you|Made\s+possible)\s+(?:with|by)\s[^.!?]{{1,60}}\W?
    |(?:This\s+(?:article|post|piece|story|essay|interview)\s+(?:was\s+)?)?(?:originally|first)\s+(?:published|posted|appeared)\s+(?:at|on|in|by)\s[^.!?]{{0,60}}(?:(?:https?://|www\.)\S+|[^.!?]{{1,60}})[.!]?
    |(?:Please\s+)?(?:update|change|switch)\s+(?:to\s+)?(?:your|our|the)\s+(?:\w+\s+)?(?:feed|rss|bookmarks?|subscription|reader)\b.{{0,160}}|(?:This|Our|The)\s+(?:rss\s+)?feed\s+(?:has|is)\s+(?:moved|moving|been\s+moved|no\s+longer)\b.{{0,160}}
    |(?:Hosted|Written|Produced|Edited|Directed|Narrated|Presented|Filmed|Shot|Animated|Mixed|Researched|Fact[- ]check(?:ed|er|ing)|Executive\s+producers?|Producers?|Writers?|Editors?|Hosts?|Music|Sound(?:\s+design)?|Credit\s+correction|Sponsors?|(?:Promo\s+|Discount\s+|Coupon\s+)?Code)(?:\s+by)?\s*[:：](?:\s[^.!?]{{1,160}})?
    |To\s+try\s+everything\s+\w+\s+has\s+to\s+offer\b.{{0,300}}|(?:Get|Save|Enjoy|Use\s+code)\s+[^.!?]{{0,40}}\d+\s?%[^.!?]{{0,160}}(?:\bcode\b|\boff\b|https?://)[^.!?]{{0,160}}[.!]?|(?:Huge\s+|Special\s+|Many\s+)?thanks\s+(?:go\s+)?to\s+(?:the\s+following|our|all(?:\s+(?:my|our))?|my)\s+(?:\w+\s+)?(?:patrons?|supporters?|sponsors?|members?|patreon)\b.{{0,500}}|(?:Huge\s+|Special\s+|Many\s+)?thanks\s+(?:go\s+)?to\s+[^.!?]{{1,80}}\s+for\s+(?:sponsoring|supporting|partnering\s+with)\b.{{0,200}}
    |(?:You\s+can\s+(?:also\s+)?(?:join|follow|find|support|subscribe)\s+(?:to\s+)?(?:us|me|our|my|the\s+channel)\b|(?:And\s+)?(?:don['’]t\s+forget\s+(?:to\s+(?:subscribe|join|follow|check)|about)|There['’]s\s+also|We['’]ve\s+also\s+got)\b)(?=.{{0,160}}(?:{_ASKED}|shop|store|merch)\b)[^.!?]{{0,160}}[!.]?(?:\s*(?:https?://|www\.)\S+)?
    |(?:And\s+)?if\s+you(?:['’]re\s+shopping|\s+(?:buy|click|use|shop|purchase))\b(?=.{{0,200}}\b(?:links?|affiliate|commission)\b).{{0,240}}
    |Learn\s+more\s+about\s+your\s+ad\s+choices\b.*|(?:Hosted|Produced|Powered)\s+(?:on|by)\s.{{1,40}}\.\s+(?:See|Visit|Learn)\b.*|(?:See|Visit)\s+\S+/(?:privacy|adchoices|listener)\b.*|(?:Privacy|Cookie)\s+(?:Policy|Notice)\b[^.!?]{{0,80}}
    |(?:Reply|Respond|Comment)\s+(?:via|by|on|to)\b[^.!?]{{0,40}}|View\s+(?:all\s+)?(?:\d+\s+)?comments?|Add\s+(?:a\s+)?comment
    |[(\[]?(?:0{{1,2}}:)?0{{1,2}}:00[)\]]?\s.*
    |(?:View|Click|Tap|Press)(?:\s+(?:here|on\s+(?:the\s+)?(?:image|photo|picture|map)|(?:the\s+)?image|photo))?\s+(?:full\s?size|to\s+(?:enlarge|zoom|expand|open).{{0,30}}|to\s+view.{{0,40}}|for\s+(?:a\s+)?(?:larger|full|bigger).{{0,30}}|image|gallery|larger.{{0,20}})|(?:Zum\s+Vergrößern|Cliquez\s+pour\s+agrandir|Haga\s+clic\s+para\s+ampliar|Clicca\s+per\s+ingrandire|Klicka\s+för\s+att\s+förstora|Klik\s+om\s+te\s+vergroten|クリックで拡大|点击(?:查看大图|放大))\b.{{0,30}}|View\s+comparison\s+for.{{0,40}}
    |(?:Latest\s+(?:news|posts|articles)\s+from)\s.{{1,80}}
    |(?:(?:The\s+)?(?:full\s+)?(?:transcript|show\s?notes|shownotes)|Full\s+transcript(?:\s+and\s+show\s+notes)?|(?:Listen|Download|Watch|Play|Subscribe)(?:\s+(?:to|on|the|this|it|in))+)\b[^.!?]{{0,80}}?(?:\s+at\s+\S+|\s+here\b.{{0,20}}|:\s*\S+)
    |(?:Transcripts?|Slides|Video|Audio|Download|Permalink|Direct\s+link|Playback|Listen|Play|Watch)(?:\s*:[^.!?]{{0,40}})?
    |{_CONTENTS}
    |[(（]?(?:(?:Photo|Image|Picture|Photograph|Illustration|Foto|Bild|Cover|Header|Featured)s?(?:\s+(?:credit|source|courtesy))?|Photographer|Credits?|Crédits?(?:\s+photo)?|Source|Sources|Bildquelle|Bildrechte|Titelbild|Quelle|Crédito|Fuente|Fonte|Immagine|Kuva|Zdjęcie|Zdroj|Фото|Fotoğraf|Φωτογραφία|写真|(?:图片|文章|稿件)?来源|图源|圖片來源|사진)s?(?:\s+(?:by|courtesy(?:\s+of)?|via|von|par|de|di))?\s*[:：/©=](?:(?!\w{{3}}[.!?]\s+\w+\s+\w+\s\w).){{1,120}}
    |\((?:via|h/t|hat\s+tip|image|photo|screenshot|click)\b[^)]{{0,80}}\)|(?:(?:Featured|Header|Cover|Top|Lead|Main|Banner|Feature)\s+)?(?:Screenshot|Bild|Foto|Photo|Photograph|Photography|Image|Illustration|Picture|Artwork|Graphic|Video|Map|Drawing|Cartoon|Diagram)s?\s+(?:(?:by|von|par|por|di|av|via)\s[^.!?]{{1,80}}|(?:courtesy(?:\s+of)?|credits?)\b\s*:?\s[^.!?]{{1,80}}\.?)|via\s+(?:\S{{1,40}}|[^.!?]{{1,60}}?\s+https?://\S+)|(?:Getty\s+Images?|iStock|Shutterstock|Unsplash|Pixabay)(?:\s*[/|].{{0,60}})?
    |[—–-]{{1,2}}\s*.{{1,80}}\(@\w+\)\s+(?:\w+\s+\d{{1,2}},?\s+\d{{4}}|\d{{1,2}}\.?\s+\w+\s+\d{{4}})|pic\.twitter\.com/\S+
    |此主题相关图片如下[:：]?
    |(?:Copyright\s+)?(?:©|\(c\))\s*(?:Copyright\s*)?\d{{4}}.{{0,120}}|All\s+rights\s+reserved\.?|Copyright\s+\d{{4}}.{{0,120}}
    |Loading\.{{3}}|Loading…|Your\s+browser\s+does\s+not\s+support.{{0,80}}|(?:Please\s+)?enable\s+JavaScript.{{0,80}}
    |(?:\[[^\]]{{1,24}}\]\s*){{2,}}
    )\s*$""",
    _X,
)
# The same that may begin with anything: looked for where the words are that tell it.
_ANYHOW = late(
    r"^(?:.{1,40}\s+(?:posted|hat\s+gepostet|a\s+posté|ha\s+publicado)\s+(?:a|an|ein|eine|une|una|un)\s+(?:photo|video|foto|vídeo|vidéo|image)\s*:"
    r"|[^.!?]{0,60}\(?affiliate\s+links?\)?\W*)\s*$",
    re.DOTALL,
    change=_in_small_letters,
)
# Behind what announces them, the items of a list are no text either.
ANNOUNCED = late(rf"^(?:{_CONTENTS}\s*:?|{_ALSO}|.*:)$", change=_in_small_letters)
# No words at all: an address, a rule of dashes, a file, hashtags, what a plug-in should have put something in the place of.
WORDLESS = _small(
    r"^(?:(?:(?:[^\s!?:]*[^\s.!?:]\s){0,9}[^\s!?:]*[^\s.!?:](?::|\s[-–—→>|]+)\s)?(?:https?://|www\.)\S+(?:\s*[-–—:|]\s[^.!?]{0,80}[.!?\s]*)?|(?![-_=*~—]{6})[\s\-–—_=*~·•.:;,|/\\#+<>^°«»“”„‘’←-⇿■-◿∞§¶†‡★☆\"'()\[\]!?…]+|\[/?[a-z][\w-]*(?:\s+[\w-]+\s*=[^\]]*)?/?\]|[\w.-]{1,60}\."
    rf"(?:{_FORMAT}|zip|jpe?g|png|gif)"
    r"|(?:\#\w+\s*){2,})$",
)
_LABEL = r"^[A-ZÀ-ÞА-Я][\w /-]{1,24}\s?[:：]"
LABEL = late(rf"{_LABEL}\s+")
LABELLED = re.compile(rf"{_LABEL}(?:\s.{{0,240}}[^.!?…:])?$")
HALF_REFERENCE = late(r"&(?:#\d{0,4}|n|nb|nbs|nbsp|a|am|amp|q|qu|quo|quot|[lrh]|[lr]s|[lr]d|he|hel)?$")
RULE = late(r"\s*(?:[-_=*~—]\s?){6,}\s*")
SHORTCODE = late(
    r"\[/?[a-z][\w-]{1,30}(?:\s+[\w-]+\s*=\s*[^\]]{0,300})\]|\[/[a-z][\w-]{1,30}\]|\[(?:gallery|caption|embed|toc|playlist)\]"
)
MARKDOWN_LINK = late(r"(!?)\[([^\[\]]{0,200})\]\((?:https?://|/)[^\s()]{1,500}(?:\([^\s()]{0,100}\))?\)")
# An address before the text, and what is shouted about it.
HEAD_LINK = late(
    r"^(?:(?:[^\s.!?:]+\s){0,2}[^\s.!?:]+:\s)?https?://\S*[^\s.,;!?](?=\s)\s*[-–—:|]*\s*(?:[^a-zß-ÿ.!?]{4,80}[.!?]+\s*)?"
)
MARKDOWN_BOLD = late(r"\*\*(\S(?:[^*]{0,200}\S)?)\*\*")
# An address in brackets, and what is left of a link whose markup was broken.
ASIDE_LINK = late(
    r"\s*\(\s*https?://[^\s()]+\s*\)|https?://[^\s<>\"]+\">\s*-?\s*|\s*(?:pic\.twitter\.com|https?://t\.co)/\w+"
)
TAIL_LINK = late(r"(?<=[.!?…。！？”\")»])\s+[^.!?。！？]{0,90}?[:：]?\s*https?://\S+$")
TAIL_HASHTAGS = late(r"(?:\s+#[^\W\d]\w*){2,}$")
# An agency or an author in brackets; not a mark such as "(4/5)", unless that numbers what goes on in the next part.
TAIL_BRACKET = late(r"(?:(?<=…)|(?<=[.!?。！？”\"»])(?=\s+.[^()\[\]]*[^\W\d_]))\s+[(\[][^()\[\].!?]{2,70}[)\]]$")
TAIL_BYLINE = re.compile(
    r"(?<=[.!?…”\"»])\s+(?:By|Von|Par|Por|Di|Door)\s+[A-ZÀ-Þ][\w'’.-]+(?:\s+[A-ZÀ-Þ][\w'’.-]+){1,3}(?:\s+\([^()]{2,90}\))?$"
)

_MONTH = r"(?:jan|feb|fév|m[aä]r|apr|avr|ma[iyj]|jun|juin|jul|juil|aug|août|ago|se[pt]|o[ck]t|nov|de[czg]|déc|янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек)[\w.]*"
DATE = rf"(?:\w+,?\s+)?(?:\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:de\s+)?{_MONTH},?\s+(?:de\s+)?\d{{4}}|{_MONTH}\s+(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s+)?\d{{4}}|\d{{4}}-\d\d-\d\d|\d{{4}}年\d{{1,2}}月\d{{1,2}}日|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}})"
DATED = late(
    rf"^(?:(?:last\s+)?(?:updated|published|posted|modified|date|aktualisiert|veröffentlicht|stand|publié|mis\s+à\s+jour|publicado|actualizado|pubblicato|aggiornato|обновлено|опубликовано)(?:\s+(?:on|at|am|le|el|il))?\s*:?\s*)?{DATE}(?:[\s,|–-]+(?:at\s+)?\d{{1,2}}[:.]\d\d\s*(?:[ap]\.?m\.?)?(?:\s*\w{{2,5}})?)?(?:\s*[,|•·–-]?\s*(?:by|von|par|por|di|door|av|od|от)\s+\w[^.!?:]{{1,40}})?$",
    _I,
)
ENDS_DATED = late(rf"^\S+(?:\s+\S+){{0,4}}?\s*[,|•·–-]?\s*{DATE}$", _I)
UPDATED = late(
    r"^(?:(?:last\s+)?(?:updated|published|posted)\s*(?:on|at)?\s*:\s*.{3,40}|(?:author|autor|auteur|autore|date|datum|fecha|data|автор|дата)\s*:\s.{2,60})$",
    _I,
)
_NAME = r"[A-ZÀ-ÞА-ЯΑ-Ω][\w'’.-]*"
SIGNED_AND_DATED = late(rf"^{_NAME}(?:\s+{_NAME}){{0,3}}\s*[,|•·/–—-]\s*(?i:{DATE})(?:\W.{{0,20}})?$")
BYLINE = late(
    r"^[(\[]?(?i:(?:posted|written|reported|published|story|words|text|article|photos?|guest\s+post|post)\s+)?"
    r"(?:(?i:by:?|von|par|por|di|door|av|af|przez|автор:?|текст:?|作者[:：]?|文[／/:：])\s+)"
    r"(?i:(?:guest\s+(?:blogger|author|post(?:\s+by)?):?|staff(?:\s+writer)?|contributor|dr\.?|prof\.?)\s+)?"
    rf"(?:{_NAME}(?:\s+(?:{_NAME}|&|and|und|et|y|e|og|och|de|da|del|di|van|von|der|den|la|le|al|bin)){{0,7}}|[\w.-]+)"
    r"(?:\s+(?:on|at|for|in|am|le|el|il)\s[^.!?]{1,60}|\s*[,|–-]\s*[^.!?]{1,60})?[)\]]?$"
)
# The same with the words of other scripts, which need no space or capital.
BYLINE_OTHER = late(
    r"^(?:(?:文|撰文|作者|記者|记者|撰稿|编辑|編輯|責任編輯|责任编辑|編譯|编译|來源|取材|執筆|筆者|ライター|文・写真)\s*[:：／/｜|]?\s*[^\s。，、:：]{1,16}(?:\s*[／/｜|]\s*[^\s。，]{1,16})?"
    r"|[가-힣]{2,4}\s*(?:기자|특파원)(?:\s+\S+@\S+)?|글\s*[:：]?\s*[가-힣]{2,4}(?:\s+기자)?"
    r"|(?:بقلم|كتب|كتبت|إعداد|تحرير|نویسنده|تحریر|מאת|כתב|כתבה|लेखक|द्वारा|लेखन|โดย|เรื่อง|Yazan|Yazar|Tác\s+giả|Theo|Oleh|Penulis|Napsal|Napsala|Pisze|Tekst|Szerző|Teksti|Autorius|Autors|Γράφει|Του|Της|Текст|Автор|Написал[аи]?|Записала?)\s*[:：/ ]\s*[^\s.:]+(?:\s+[^\s.:]+){0,3})$"
)
INITIALS = late(r"^\(?[A-ZÄÖÜ]{2,10}(?:[/ .-][A-Z]{2,6})?\)?\.?$")
MINUTES = late(
    r"^\W*(?:(?:reading|read)\s+time:?\s*)?\d{1,3}\s*[-–]?\s*(?:min(?:ute|uti|utos?|uter|uten)?s?|мин(?:ут[аы]?)?|хв(?:илин)?|分|分钟|分鐘|분)\.?(?:\s*(?:read(?:ing)?(?:\s+time)?|Lesezeit|Lesedauer|de\s+lect\w+|di\s+lettura|de\s+leitura|leestijd|läsning|lästid|lesetid|czytania|čtení|чтения|читання|okuma|で読めます|阅读|閱讀|读完|소요))?\W*$"
    r"|^\W*(?:Lese(?:zeit|dauer)|Temps\s+de\s+lecture|Tiempo\s+de\s+lectura|Tempo\s+d[ie]\s+l\w+|Leestijd|Lästid|Lesetid|Læsetid|Lukuaika|Czas\s+czytania|Doba\s+čtení|Okuma\s+süresi|Время\s+(?:на\s+)?чтени[яе]|Час\s+читання|Estimated\s+(?:reading|read)\s+time|(?:Approx\.?\s+)?Read(?:ing)?\s+time|読了(?:時間)?|(?:阅读|閱讀)(?:时间|時間|时长)|זמן\s+קריאה|وقت\s+القراءة|زمان\s+مطالعه)(?!\w).{0,30}$",
    _I,
)
_AGENCIES = (
    r"AP|A\.P\.|Associated\s+Press|Reuters|REUTERS|AFP|dpa|DPA|EFE|ANSA|EUROPA\s+PRESS|EuropaPress|Agencias?|dpa(?:-AFX)?|ots|OTS|UPI|TASS|ТАСС|РИА\s+Новости|Интерфакс|Xinhua|Bloomberg|CNN|BBC|PTI|ANI|IANS|"
    r"Kyodo|Yonhap|PA(?:\s+Media)?|AAP|CP|The\s+Canadian\s+Press|EP|Europa\s+Press|Lusa|Belga|ANP|NTB|TT|Ritzau|STT|PAP|ČTK|MTI|APA|SDA|sda|KNA|epd|SID|Anadolu|AA|"
    r"PRNewswire|PR\s+Newswire|Business\s+Wire|BUSINESS\s+WIRE|GLOBE\s+NEWSWIRE|GlobeNewswire|ACCESSWIRE|Newsfile[^)]{0,20}|Marketwired|KGO|ABC\s+News|NBC|CBS|Fox\s+News|VOA|RFE/RL|Agencia\s+Brasil|Agência\s+Brasil|Notimex|Télam|SANA|IRNA|WAM|SPA"
)
DATELINE = late(
    rf"^(?:[^\W\d_][\w .,'’/-]{{1,60}}?,?\s*)?(?:(?:{_MONTH}\.?\s+\d{{1,2}}|\d{{1,2}}\.?\s+(?:de\s+)?{_MONTH}\.?),?\s*(?:\d{{4}})?,?\s*)?[(\[/]\s*(?:{_AGENCIES})(?:\s*[/,]\s*[\w .]{{1,20}})?\s*[)\]/]\s*(?:--?|[—–―:])\s*"
)
# The same where no bracket tells the agency: LONDON — The; МОСКВА, 12 ноя — РИА Новости.; 新华社北京11月12日电; (서울=연합뉴스).
DATELINE_OTHER = late(
    rf"^(?:[A-ZÀ-Þ][A-ZÀ-Þ.'’-]{{2,}}(?:\s[A-ZÀ-Þ][A-ZÀ-Þ.'’-]+){{0,3}}(?:,\s(?:[A-Z][\w.’' ]{{1,24}}|(?i:{_MONTH})\s\d{{1,2}}(?:,\s\d{{4}})?)){{0,2}}\s?(?:—|–|--)\s(?=[\"“‘'«]?[A-ZÀ-Þ])"
    rf"|[А-ЯЁЇІЄ][А-ЯЁЇІЄа-яёїіє-]{{2,30}},\s\d{{1,2}}\s[а-яії]{{3,9}}\.?\s*(?:[—–-]\s*(?:{_AGENCIES}|[А-Я][\w-]+(?:\s[А-Я][\w-]+)?)\.|[/(](?:{_AGENCIES}|[А-Я][\w -]{{1,30}})[/)][.,]?)\s*[—–-]?\s*"
    r"|[【\[［（(][^】\]］）)]{0,24}(?:[=＝][^】\]］）)]{1,16}|ロイター|AFP|時事|共同|CNN|BBC)(?:通信)?[】\]］）)]\s*[-―－–—]*\s*(?:[가-힣]{2,4}\s+(?:기자|특파원)\s*=\s*)?"
    r"|(?:据?(?:新华社|中新社|中新网|新华网|人民网|央视网|中国新闻网|中新經緯|中新经纬))[^\s，。]{0,12}?\d{1,2}月\d{1,2}日[电電讯訊]?\s*(?:[（(][^）)]{1,30}[）)])?\s*"
    r"|[（(](?:中央社|新華社|法新社|美聯社|路透社?)[^）)]{0,30}[）)]\s*)"
)
# Who took the picture, in front of the text that it stands above.
HEAD_CREDIT = late(
    rf"^(?:(?:Featured|Cover|Header|Main|Lead)\s+)?(?:Image|Photo|Picture|Photograph|Foto|Bild)s?(?:\s+(?:[Cc]redit|[Ss]ource|[Cc]ourtesy))?s?(?:\s+(?:by|of))?\s*:\s*"
    rf"(?:{_NAME}\s{_NAME}(?:\s?[/|,]\s?{_NAME}(?:\s{_NAME})?)?|(?:Getty\s+Images|Shutterstock|Unsplash|iStock|Pixabay|Pexels|Adobe\s+Stock|Wikimedia(?:\s+Commons)?))\.?\s+(?=[\"“‘'«]?[A-ZÀ-Þ])"
)
CREDITED = ("Featured", "Cover", "Header", "Main", "Lead", "Image", "Photo", "Picture", "Foto", "Bild")  # how it begins
# As much as TAIL_ON it begins with one set of characters, which are looked for in no time.
CUT_MARKS = re.compile(
    r"[\[(.…](?:(?<=\[)\s*(?:\.\.\.|…|\.{4,}|&hellip;)\s*\]|(?<=\()\s*(?:\.\.\.|…|more\s*(?:\.\.\.|…)?|mehr\s*(?:\.\.\.|…)?)\s*\)|(?<=\.)\.{2,}|(?<=…)(?:\s*…)*)\s*(?:(?:more|mehr|suite|más|altro)?\s*(?:>>|»|→|›|&raquo;))?\s*$",
    _I,
)
BRACKETED_CUT = late(r"\[\s*(?:\.\.\.|…)\s*\]$")
MORE_ARROW = late(r"(?:\s*(?:\bmore|\bmehr|\bread on|\bmás)?\s*(?:»|>>|→|›))+\s*$", _I)


def is_furniture(small: str) -> bool:
    """Whether a whole block, in small letters, is one of those that stand anywhere."""
    if _FURNITURE.match(small):
        return True
    told = "affiliate" in small or "post" in small or "publicado" in small
    return told and _ANYHOW.match(small) is not None
