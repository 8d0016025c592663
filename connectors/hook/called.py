"""What people and programs call the fields of a form, in six languages and the usual English of programs.

Each is matched as whole words, with `firstName` and `first_name` read as `first name`. They are guesses for posts that
no mapping describes; a mapping says what it knows better.
"""

from __future__ import annotations

import re


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[^\w])(?:{'|'.join(patterns)})(?:$|[^\w])", re.IGNORECASE)


TEXT = (
    _words(
        "complaint|description|describe|what happened",
        "reclamação|reclamacao|queixa|descrição|descricao|descreva|o que aconteceu",
        "skarga|reklamacja|opis|opisz|co się stało",
        "sūdzība|apraksts|aprakstiet|kas notika",
        "жалоба|претензия|описание|опишите|что случилось|что произошло",
        "şikayət|təsvir|nə baş verdi",
    ),
    _words(
        "message|details|issue|problem|what went wrong",
        "mensagem|detalhes|problema|wiadomość|szczegóły|ziņa|ziņojums|problēma",
        "сообщение|подробности|проблема|обращение|mesaj|ətraflı",
    ),
    _words(
        "body|content|text|comments?|feedback|enquiry|inquiry|question|reason|notes?|review",
        "texto|comentários?|treść|komentarz|uwagi|teksts|komentārs|текст|комментарий|отзыв|mətn|rəy",
    ),
)
"""Which answer is the complaint: the first row that fits."""
MAIL = _words("e[- ]?mails?|email address|mail|correo|e-?pasts?|эл[а-я.]* почта|почта|имейл|e-?poçt|poczta")
PHONE = _words(
    "phones?|phone ?number|telephone|tel|mobile|cell|whatsapp|msisdn|telefone|telem[oó]vel",
    "telefon|numer telefonu|komórka|tālrunis|tālr|телефон|мобильный|номер телефона|telefon nömrəsi|mobil",
)
NAME = _words(
    "(?:full|your|customer|contact|sender|respondent|client|complete)? ?names?|what is your name|nome|nome completo",
    "imię|imię i nazwisko|vārds|vārds,? uzvārds|имя|фио|ф[.]? ?и[.]? ?о|как вас зовут|ad|adınız|ad,? soyad",
    "customer|complainant|requester|client|author|from|cliente|klient|klients|клиент|müştəri",
    "como se chama|jak się nazywasz|jak masz na imię|kā jūs sauc",
)
FIRST = _words(
    "first ?names?|given ?names?|forename|nome próprio|primeiro nome|imię|vārds|имя|adınız|ad",
)
LAST = _words("last ?names?|family ?names?|surname|apelido|sobrenome|nazwisko|uzvārds|фамилия|soyad(?:ınız)?")
SUBJECT = _words("subject|summary|headline|assunto|temat|tytuł|temats|тема|mövzu")
LANGUAGE = _words("lang|language|locale|idioma|língua|język|valoda|язык|dil")
DANGER = _words("danger|perigo|niebezpieczeństwo|zagrożenie|bīstami|briesmas|опасность|опасно|təhlükə")
FILES = _words(
    "files?|attachments?|uploads?|photos?|pictures?|images?|screenshots?|evidence|documents?",
    "anexos?|ficheiros?|fotos?|pliki?|załączniki?|zdjęci[ae]|faili?|pielikum[si]|fotogrāfijas?",
    "файлы?|вложени[ея]|фото|fayl(?:lar)?|şəkil",
)
ID = _words("(?:submission|response|ticket|complaint|message|entry|request|event) ?id")
AT = _words(
    "(?:submitted|created|received|sent|occurred) ?(?:at|on|date)?|timestamp|time",
    "date ?(?:created|submitted|time)|datetime",
)
