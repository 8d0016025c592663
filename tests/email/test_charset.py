"""Charsets by evidence: what a mail declares is often not what it holds."""

from __future__ import annotations

import pytest

from connectors.email.charset import decode

SENTENCES: dict[str, tuple[str, ...]] = {
    "cp1257": (
        "Labdien! Es gribētu sūdzēties par preci, kas salūza pēc nedēļas.",
        "Lūdzu, atgrieziet naudu par šiem zābakiem",
        "Šādi nevar būt, kurpes ir saplēstas!",
    ),
    "cp1250": (
        "Dzień dobry, chciałbym złożyć reklamację na buty",
        "Proszę o zwrot pieniędzy za uszkodzony towar",
        "Ten but jest zły i się rozkleił",
        "łódź",
    ),
    "cp1251": (
        "Здравствуйте, я хочу пожаловаться на магазин",
        "Верните деньги",
        "Скарга на ваш магазин, будь ласка",
    ),
    "koi8-r": ("Здравствуйте, я хочу пожаловаться на магазин", "Верните деньги", "ЖАЛОБА"),
    "cp1254": ("İade istiyorum, ayakkabı yırtıldı", "Salam, şikayət etmək istəyirəm".replace("ə", "e")),
    "cp1252": (
        "Olá, quero reclamar do serviço, não funcionou",
        "Der Schuh ist kaputt, ich möchte mein Geld zurück",
        "C'est inadmissible, remboursez-moi l'été",
    ),
    "utf-8": ("Labdien! Kurpes salūza.", "Жалоба", "Şikayət edirəm", "日本語"),
}
EVERY = [(codec, sentence) for codec, sentences in SENTENCES.items() for sentence in sentences]


@pytest.mark.parametrize("declared", ["", "us-ascii", "iso-8859-1", "windows-1252", "x-unknown", "true"])
@pytest.mark.parametrize(("codec", "sentence"), EVERY)
def test_the_words_come_out_whatever_was_declared(codec: str, sentence: str, declared: str) -> None:
    """No label, a lying one, an unknown one, the true one."""
    text, remark = decode(sentence.encode(codec), codec if declared == "true" else declared)
    assert text == sentence
    if declared == "true":
        assert remark is None


DECLARED = [
    ("iso-2022-jp", "配達が遅れました"),
    ("gb2312", "鞋子坏了，我要退款"),
    ("shift_jis", "配達が遅れました"),
    ("utf-16", "Sūdzība"),
    ("iso-8859-2", "Proszę o zwrot pieniędzy"),
    ("iso-8859-13", "Lūdzu, atgrieziet naudu"),
    ("windows-1253", "Θέλω τα χρήματά μου πίσω"),
    ("cp866", "Верните деньги"),
]


@pytest.mark.parametrize(("codec", "sentence"), DECLARED)
def test_a_true_declaration_is_believed(codec: str, sentence: str) -> None:
    """Also of charsets that the vote does not know."""
    assert decode(sentence.encode(codec), codec) == (sentence, None)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_tells_the_encoding(codec: str) -> None:
    """Also where nothing or something else was declared."""
    assert decode("Sūdzība".encode(codec), "iso-8859-1") == ("Sūdzība", None)


@pytest.mark.parametrize("codec", ["idna", "punycode", "unicode_escape", "zlib", "rot13", "../x", "a" * 5000, "\0"])
def test_a_codec_that_is_no_charset_is_not_used(codec: str) -> None:
    """Python knows codecs that execute, expand or are slow; a mail cannot choose them."""
    assert decode(b"abc+AGE-\xc5\xab", codec)[0] == "abc+AGE-ū"


def test_what_was_encoded_twice_is_read_once() -> None:
    """UTF-8 that somebody took for cp1252 or Latin-1; words that only look like it stay."""
    for sentence in ("Lūdzu, atgrieziet naudu!", "Für 5 € zurück", "Верните деньги", "„Proszę”"):
        assert decode(sentence.encode().decode("latin-1").encode(), "utf-8") == (sentence, "charset_repaired")
    assert decode("Für 5 € zurück".encode().decode("cp1252").encode(), "") == ("Für 5 € zurück", "charset_repaired")
    assert decode("SÃ£o Paulo, não".encode(), "utf-8")[1] is None
    assert decode("x\u00c2\u0080".encode(), "utf-8") == ("x\u00c2\u0080", None)
    assert decode("Ã la carte".encode(), "utf-8") == ("Ã la carte", None)


def test_japanese_that_says_nothing_is_known_by_its_escapes() -> None:
    """ISO-2022-JP is seven bits; without a label it would be read as noise."""
    assert decode("配達が遅れました".encode("iso-2022-jp"), "") == ("配達が遅れました", "charset_repaired")


ELSEWHERE = [
    ("gb18030", "关于您的账单问题，请尽快回复"),
    ("big5", "鞋子壞了，我要退款"),
    ("euc_kr", "신발이 망가졌어요. 환불해 주세요"),
    ("shift_jis", "配達が遅れました。返金してください"),
    ("euc_jp", "配達が遅れました。返金してください"),
    ("cp1253", "Θέλω τα χρήματά μου πίσω"),
]


@pytest.mark.parametrize("declared", ["", "us-ascii", "iso-8859-1", "x-unknown"])
@pytest.mark.parametrize(("codec", "sentence"), ELSEWHERE)
def test_other_scripts_are_known_too(codec: str, sentence: str, declared: str) -> None:
    """Without a label, or with one that lies; a long letter is judged by its beginning."""
    assert decode(sentence.encode(codec), declared)[0] == sentence
    assert decode(f"{sentence}\n".encode(codec) * 500, declared)[0] == f"{sentence}\n" * 500


@pytest.mark.parametrize(
    ("declared", "codec", "sentence"),
    [
        ("x-sjis", "shift_jis", "苦情です、直してください。"),
        ("x-gbk", "gbk", "鞋子坏了，请退款。"),
        ("gb2312", "gb18030", "鞋子壞了，請退款，謝謝。"),
        ("ks_c_5601-1987", "cp949", "불만 있습니다, 환불해 주세요. 똠방각하"),
        ("shift_jis", "cp932", "①苦情です。"),
        ("windows-874", "cp874", "รองเท้าเสียแล้ว ขอเงินคืน"),
        ("cp-850", "cp850", "Reclamação não respondida há três semanas"),
        ("x-mac-roman", "mac_roman", "La semelle s'est décollée après une semaine, été compris."),
        ("unicode-1-1-utf-7", "utf-7", "Die Sohle löste sich."),
        ("utf8mb4", "utf-8", "Zolė atšoko."),
    ],
)
def test_a_charset_is_known_by_its_other_names(declared: str, codec: str, sentence: str) -> None:
    """As clients of all times write it, and with what was added to it later."""
    assert decode(sentence.encode(codec), declared)[0] == sentence
