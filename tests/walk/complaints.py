"""Complaints of every language in which a brand writes, each with words of its own: built from a few sentences, seeded.

`planted` are the words by which one of them can be found again wherever it went: a surname that nobody else has, and a
word without meaning in the text.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

WAYS = (
    ("logoscon", "pt", "pt"),
    ("welzo", "en", "en"),
    ("kontakt", "ru", "ru"),
    ("ask4", "pl", "pl"),
    ("kontakt", "az", "az"),
    ("welzo", "lv", "lv"),
    ("kontakt", "ru-latin", "ru"),
    ("ask4", "en", "en"),
    ("logoscon", "en", "en"),
    ("kontakt", "en", "en"),
)
"""Brand, how it is written, and in which language it must be answered."""

TO = {
    "logoscon": "reclamacoes@logoscon.example",
    "welzo": "complaints@welzo.example",
    "ask4": "complaints@ask4.example",
    "kontakt": "customer.care@kontakt.example",
}

TEXTS: dict[str, tuple[str, tuple[str, ...], str]] = {
    # subject, sentences of which three are taken, the last one
    "en": (
        "Complaint about order {number}",
        (
            "I ordered a parcel from you three weeks ago and it has still not arrived.",
            "You charged my card twice for the same order and nobody answers my letters.",
            "The device stopped working on the second day and the shop would not take it back.",
            "I was promised a call within two days and nobody has called me.",
            "The bill is higher than what we agreed, and I cannot see why.",
            "Your colleague on the telephone was rude and ended the conversation.",
        ),
        "Please look into this and tell me what you are going to do about it.",
    ),
    "pt": (
        "Reclamação sobre a encomenda {number}",
        (
            "Encomendei um produto há três semanas e ainda não recebi nada em minha casa.",
            "Cobraram duas vezes o mesmo valor no meu cartão e ninguém responde às minhas mensagens.",
            "O aparelho deixou de funcionar no segundo dia e recusaram a devolução na loja.",
            "Prometeram telefonar-me no prazo de dois dias e ninguém me contactou até hoje.",
            "A fatura é mais alta do que o combinado e não percebo porquê.",
            "O vosso funcionário foi muito mal-educado comigo ao telefone.",
        ),
        "Peço que verifiquem o que se passou e que me respondam com urgência.",
    ),
    "lv": (
        "Sūdzība par pasūtījumu {number}",
        (
            "Pirms trim nedēļām pasūtīju preci, bet tā joprojām nav piegādāta.",
            "No manas kartes nauda par vienu pasūtījumu tika noņemta divas reizes.",
            "Ierīce pārstāja darboties jau otrajā dienā, un veikals to neņem atpakaļ.",
            "Man solīja piezvanīt divu dienu laikā, taču neviens nav zvanījis.",
            "Rēķins ir lielāks, nekā mēs vienojāmies, un es nesaprotu, kāpēc.",
            "Jūsu darbinieks pa tālruni bija rupjš un pārtrauca sarunu.",
        ),
        "Lūdzu, noskaidrojiet, kas notika, un paziņojiet man, ko darīsiet.",
    ),
    "pl": (
        "Reklamacja zamówienia {number}",
        (
            "Trzy tygodnie temu zamówiłem usługę i do dziś nikt jej nie uruchomił.",
            "Pobraliście z mojej karty dwa razy tę samą kwotę i nikt nie odpowiada.",
            "Urządzenie przestało działać drugiego dnia, a sklep nie chce go przyjąć.",
            "Obiecano mi telefon w ciągu dwóch dni, ale nikt nie zadzwonił.",
            "Rachunek jest wyższy, niż się umawialiśmy, i nie rozumiem dlaczego.",
            "Wasz pracownik był dla mnie niegrzeczny i przerwał rozmowę.",
        ),
        "Proszę o wyjaśnienie tej sprawy i odpowiedź, co zamierzacie zrobić.",
    ),
    "ru": (
        "Жалоба по заказу {number}",
        (
            "Три недели назад я заказал у вас товар, и он до сих пор не доставлен.",
            "С моей карты два раза списали деньги за один и тот же заказ.",
            "Телефон перестал работать на второй день, а магазин не принимает его обратно.",
            "Мне обещали перезвонить в течение двух дней, но никто не позвонил.",
            "Сумма в счёте выше той, о которой мы договорились, и я не понимаю почему.",
            "Ваш сотрудник грубо разговаривал со мной и бросил трубку.",
        ),
        "Прошу вас разобраться и сообщить мне, что вы собираетесь сделать.",
    ),
    "ru-latin": (
        "Zhaloba po zakazu {number}",
        (
            "Tri nedeli nazad ya zakazal u vas telefon, i on do sih por ne dostavlen.",
            "S moey karty dva raza spisali dengi za odin i tot zhe zakaz.",
            "Telefon perestal rabotat na vtoroy den, a magazin ne prinimaet ego obratno.",
            "Mne obeshchali perezvonit v techenie dvuh dney, no nikto ne pozvonil.",
            "Kuryer privez ne tot tovar i skazal, chto eto ne ego problema.",
            "Vash sotrudnik grubo razgovarival so mnoy i brosil trubku.",
        ),
        "Proshu vas razobratsya i soobshchit mne, chto vy sobiraetes sdelat.",
    ),
    "az": (
        "{number} nömrəli sifariş üzrə şikayət",
        (
            "Üç həftə əvvəl sizdən məhsul sifariş etmişəm, lakin hələ də çatdırılmayıb.",
            "Eyni sifarişə görə kartımdan iki dəfə pul çıxılıb və heç kim cavab vermir.",
            "Telefon ikinci gün işləməyi dayandırdı, mağaza isə onu geri götürmür.",
            "Mənə iki gün ərzində zəng edəcəklərini dedilər, amma heç kim zəng etmədi.",
            "Hesabdakı məbləğ razılaşdığımızdan yüksəkdir və səbəbini başa düşmürəm.",
            "Əməkdaşınız mənimlə kobud danışdı və dəstəyi asdı.",
        ),
        "Xahiş edirəm, bu məsələni araşdırıb nə edəcəyinizi mənə bildirin.",
    ),
}


@dataclass(frozen=True)
class Complaint:
    """What one customer wrote, once. `address` and `message_id` belong to nobody else."""

    number: int
    brand: str
    written: str
    language: str
    """In which it must be answered."""
    name: str
    address: str
    message_id: str
    subject: str
    text: str
    planted: tuple[str, ...]

    @property
    def to(self) -> str:
        """The brand's address for complaints."""
        return TO[self.brand]

    def mail(self, *, message_id: bool = True, **headers: str) -> bytes:
        """As a mail; `headers` with underscores for hyphens."""
        mail = EmailMessage()
        mail["From"] = f'"{self.name}" <{self.address}>'
        mail["To"] = self.to
        mail["Subject"] = self.subject
        mail["Date"] = format_datetime(datetime.fromtimestamp(1_780_000_000 + self.number, UTC))
        if message_id:
            mail["Message-ID"] = f"<{self.message_id}>"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(self.text)
        return mail.as_bytes()

    def answers(self) -> dict[str, str]:
        """As the answers of a form."""
        return {"name": self.name, "email": self.address, "description": self.text, "danger": "no", "topic": ""}


def complaints(count: int, seed: int, *, first: int = 0, brand: str = "") -> list[Complaint]:
    """So many, numbered from `first`, every way of writing in turn; those of one brand if it is given."""
    chance = random.Random(seed)  # noqa: S311 -- repeatable, no secret
    ways = [way for way in WAYS if brand in {"", way[0]}]
    return [_complaint(number, ways[number % len(ways)], chance) for number in range(first, first + count)]


def _complaint(number: int, way: tuple[str, str, str], chance: random.Random) -> Complaint:
    brand, written, language = way
    subject, sentences, last = TEXTS[written]
    mark = "".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(5))
    surname = f"Q{mark}ov".title()
    word = f"ref{mark}"
    middle = " ".join(chance.sample(sentences, 3))
    return Complaint(
        number=number,
        brand=brand,
        written=written,
        language=language,
        name=f"A. {surname}",
        address=f"{surname.lower()}.{number}@customers.example",
        message_id=f"{number}.{mark}@mua.customers.example",
        subject=subject.format(number=f"{number:06d}"),
        text=f"{middle}\n\n{last}\n\n{word}-{number}\n{surname}\n",
        planted=(surname, word, mark),
    )
