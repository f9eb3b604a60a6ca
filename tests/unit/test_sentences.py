"""Where sentences end: a bar in a line says where."""

from __future__ import annotations

import pytest

from aggregator.editorial.sentences import ends, last_end


def barred(line: str, language: str | None) -> str:
    """The line with a bar behind every sentence but the last."""
    for end in sorted((end for end in ends(line, language) if end < len(line)), reverse=True):
        line = f"{line[:end]}|{line[end:]}"
    return line


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Mr. Smith met Dr. Jones.| They talked."),
        ("en", "J. R. R. Tolkien wrote.| He did."),
        ("en", "It costs 3.50 today.| See example.com for more."),
        ("en", "“Was it good?” he asked.| No."),
        ("en", "The (bracket stays open.| Then (so) it goes on."),
        ("en", "They moved to the U.S.| The end came."),
        ("en", "He works at Acme Inc. in town."),
        ("en", "Wait... what?| Yes!"),
        ("en", "He (she said no. Really) left.| Done."),
        ("en", "Plan A. Then we went."),
        ("en", "It was No. 5 on the list.| No.| He said no.| Then he left."),
        ("en", "The art.| The sun.| He sat.| Open on Sat. 5 May.| Done."),
        ("en", 'He said "No. Really" and left.| Done.'),
        ("en", 'A 13" screen.| It is fine.'),
        ("en", "Do this: 1. Get it. 2. Use it."),
        ("en", "What?!| Never."),
        ("en", '"Use vim!"| "Use Emacs!"'),
        ("en", "At 5 p.m. Friday it began.| At 6 p.m.| The end."),
        ("en", "See Fig. 3 for it.| A fig.| More."),
        ("en", "“I know. I was there,” she said.| He left."),
        ("en", "He asked why (see below.)| Nobody knew."),
        ("en", "We use Node.js at sea.| It is fine."),
        ("en", "Yes… maybe.| Yes…| No."),
        ("en", "Vitamin D helps.| He weighs 80 kg.| Then."),
        ("en", "J.K. Rowling wrote it.| Ok."),
        ("en", "Gen. Lee and Sen. Doe spoke.| The gen.| Ok."),
        ("de", "Am 3. Mai kam er.| Er blieb."),
        ("de", "Er kam z.B. gestern.| Sie nicht."),
        ("de", "Er kam z. B. gestern, d. h. spät.| Sie nicht."),
        ("de", "Im 19. Jahrhundert war das anders.| Heute nicht."),
        ("de", "„Das ist gut.“ Er ging."),
        ("de", "Siehe Nr. 5 im Text.| Danach usw.| Die Frage bleibt."),
        ("de", "»Ja. Wirklich« sagte sie.| Gut."),
        ("de", "Laut Prof. Dr. Müller stimmt das.| Er bleibt."),
        (None, "Am 3. Mai kam er.| Er blieb."),
        ("fr", "M. Dupont est arrivé.| Il mange."),
        ("fr", "« C’est fini. »| Il part."),
        ("fr", "Pourquoi ?| Parce que c’est ainsi !| Voilà."),
        ("fr", "Voir p. 12 et art. 3 du code.| L’art.| La mer."),
        ("fr", "Il a dit : « C’est beau. C’est vrai » hier.| Fin."),
        ("es", "El Sr. García llegó.| La Sra. López no."),
        ("es", "¿Qué pasa?| ¡Nada!| Vale."),
        ("es", "Fue en EE. UU. en 2010.| Luego volvió."),
        ("es", "El mar.| La costa."),
        ("it", "Il dott. Rossi parla.| Ecco tutto."),
        ("it", "Mele, pere, ecc. sono qui.| Bene."),
        ("pt", "O Sr. Silva chegou.| A Dra. Ana também."),
        ("nl", "Dhr. Jansen kwam.| Hij bleef."),
        ("nl", "Dat is bijv. zo.| Goed."),
        ("pl", "Mieszka przy ul. Długiej.| To dobrze."),
        ("pl", "W 2019 r. było tak.| Teraz nie."),
        ("cs", "Bylo to 5. května v Praze.| Potom ne."),
        ("cs", "Např. tak to je.| Dobře."),
        ("ru", "А. С. Пушкин жил на ул. Ленина.| Он писал."),
        ("ru", "Это стоит 5 тыс. рублей.| Дорого!| Очень."),
        ("uk", "Він живе на вул. Шевченка.| Це добре."),
        ("tr", "Prof. Dr. Ali geldi.| Sonra gitti."),
        ("tr", "29. Ekim töreni yapıldı.| Güzeldi."),
        ("el", "Τι κάνεις;| Είμαι καλά.| Ευχαριστώ."),
        ("el", "Ο κ. Παπαδόπουλος ήρθε.| Έφυγε."),
        ("ja", "今日は晴れです。|明日は雨です。"),
        ("ja", "「はい。」と言った。|終わり。"),
        ("ja", "本当？|はい！|そうです。"),
        ("ja", "３．５％です。|次。"),
        ("zh", "今天很好。|明天呢？|不知道！"),
        ("zh", "他说：“好。”|然后走了。"),
        ("zh", "真的吗?|是的!|走吧。"),
        ("ko", "안녕하세요.| 반갑습니다!| 네?"),
        ("hi", "यह पहला है।| यह दूसरा है।"),
        ("hi", "डॉ. शर्मा आए।| वे गए।"),
        ("ar", "هل هذا جيد؟| نعم.| انتهى."),
        ("fa", "این خوب است.| آیا می‌آید؟| بله."),
        ("he", "הוא בא.| היא הלכה!| למה?"),
        ("th", "นี่คือข้อความ ไม่มีจุด"),
        ("hy", "Է՞ն։| Այո։"),
        ("am", "ይህ ነው።| አዎ።"),
        ("sv", "Han stängde av.| Hon gick."),
        ("sv", "Det är bl.a. så.| Ja."),
        ("en", "These cheap (they are not cheap!) ECHO sets fail.| Look."),
        ("en", "It froze (again!)| The pilots waited.| (Really?)| Nobody came."),
        ("sv", "Det var i maj.| Bra."),
    ],
)
def test_sentences_end_where_readers_see_an_end(language: str | None, line: str) -> None:
    assert barred(line.replace("|", ""), language) == line


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "He works at Acme Inc. in town."),
        ("en", "a ratio of 3.5 to 1"),
        ("en", "see encl. 4 of it"),
        ("de", "am 1. und 2. Januar"),
        ("fr", "M. Dupont, 3 bd. Foch"),
        ("th", "ข้อความนี้ไม่มีจุด และยาวต่อไป"),
        (None, ""),
        (None, "..."),
    ],
)
def test_what_is_no_end_is_none(language: str | None, line: str) -> None:
    assert [end for end in ends(line, language) if end < len(line)] == []


def test_the_last_end_is_the_last_of_all_ends_in_the_window() -> None:
    line = "One is here. Two is here. Three is here. Four goes on"
    all_ends = list(ends(line))

    assert last_end(line, "en", 0, len(line)) == all_ends[-1]
    assert last_end(line, "en", 0, all_ends[-1] - 1) == all_ends[-2]
    assert last_end(line, "en", all_ends[-1] + 1, len(line)) == 0


def test_a_sentence_that_was_cut_in_a_bracket_does_not_end_in_it() -> None:
    assert list(ends("It is so (as he says. But then…")) == [31]
