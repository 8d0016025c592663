"""The words that mail clients write around another's mail, in the languages that they speak.

Rule: data only. A label here is the whole label, in lower case; a stem is part of a word.
"""

from __future__ import annotations

import re

LABELS: dict[str, str] = {
    "from": (
        "from|von|de|da|od|от|от кого|від|від кого|ад|no|sūtītājs|nuo|siuntėjas"
        "|saatja|kellelt|kimden|gönderen|kimdən|göndərən|från|avsändare|fra"
        "|afsender|avsender|van|afzender|lähettäjä|feladó|de la|expéditeur"
        "|remetente|remitente|mittente|absender|nadawca|odesílatel|odosielateľ"
        "|отправитель|відправник|από|发件人|發件人|寄件者|差出人|보낸 사람|מאת|من"
    ),
    "date": (
        "sent|date|sent at|date sent|gesendet|gesendet am|datum|data|enviado"
        "|enviada|enviado em|enviada em|enviado el|fecha|envoyé|envoyé le"
        "|date d'envoi|inviato|data invio|wysłano|wysłane|data wysłania|дата"
        "|отправлено|надіслано|відправлено|nosūtīts|nosūtīta|sūtīts|datums"
        "|laiks|išsiųsta|saadetud|kuupäev|lähetetty|päivämäärä|päiväys|skickat"
        "|sendt|dato|verzonden|elküldve|dátum|küldve|odesláno|odoslané"
        "|gönderildi|gönderme tarihi|gönderilme tarihi|tarih|tarix|göndərildi"
        "|göndərilib|göndərilmə tarixi|trimis|dată|στάλθηκε|ημερομηνία|日期|发送时间"
        "|寄件日期|送信日時|日付|보낸 날짜|날짜|נשלח|تاريخ|дата отправки|data de envio"
    ),
    "to": (
        "to|an|à|a|para|do|кому|komu|kam|til|till|aan|vastaanottaja"
        "|destinatario|destinatário|destinataire|kime|kimə|alıcı|adresāts"
        "|saņēmējs|adresat|címzett|către|pro|kellele|saaja|gavėjas|получатель"
        "|одержувач|προς|收件人|宛先|받는 사람|אל|إلى"
    ),
    "cc": (
        "cc|kopie|kopia|dw|do wiadomości|копия|копія|kópia|cópia|copia|con copia|copie|bilgi|surət|kopija|抄送|참조"
    ),
    "subject": (
        "subject|betreff|assunto|asunto|objet|oggetto|temat|тема|тема письма"
        "|tēma|temats|tema|teema|aihe|ämne|emne|onderwerp|tárgy|předmět|predmet"
        "|konu|mövzu|subiect|тэма|θέμα|主题|主題|主旨|件名|제목|נושא|الموضوع"
    ),
    "reply-to": ("reply-to|antwort an|responder a|répondre à|rispondi a|odpowiedz do"),
}
"""By role, what clients call the fields of a block, in lower case."""
ROLES = {label: role for role, labels in LABELS.items() for label in labels.split("|")}
FORWARD_STEMS = re.compile(
    r"forward|fwd|пересыл|пересл|переадрес|переслан|przekaz|przesł|reencaminh|encaminh|reenvi|transfér|réexpéd|weitergeleit"
    r"|inoltr|doorgestuurd|pārsūt|persiųs|yönlendir|yönləndir|iletil|i̇letil|vidarebef|vidaresänd|videresen|välitet|edasta"
    r"|továbbít|přepos|prepos|redirec|redireccion|προωθ|转发|轉寄|転送|전달",
    re.IGNORECASE,
)
ORIGINAL_STEMS = re.compile(
    r"origin|ursprüng|oryginal|исходн|оригинал|вихідн|оригінал|orijinal|eredeti|alkuper|sākotnēj|pradin|algne|původní|pôvodn"
    r"|oprindelig|opprinnelig|ursprung|oorspronk|mensagem anterior|əsas mesaj|ilkin",
    re.IGNORECASE,
)

SENT_FROM = (
    "sent (?:from|via|with)",
    "get outlook for",
    "отправлено (?:из|с)",
    "надіслано (?:з|із)",
    "wysłan[eo] z",
    "enviad[oa] (?:do|da|desde|a partir)",
    "nosūtīts no",
    "gesendet (?:von|mit)",
    "envoyé (?:de|depuis|à partir)",
    "inviato da\\w*",
    "skickat från",
    "sendt fra",
    "verzonden (?:vanaf|met|via)",
    "saadetud",
    "išsiųsta iš",
    "od[eo]sl[aá]n[oé] z",
    "lähetetty",
    "(?:el)?küldve",
    "trimis (?:de pe|din)",
)
"""How the line begins that telephones write below a mail (patterns)."""
DEVICES = (
    "iphone ipad android ios outlook samsung galaxy huawei xiaomi redmi yahoo mail\\.ru яндекс yandex proton\\s?mail"
    " blackberry windows mobile mobil\\w* telefon\\w* phone телефон\\w* смартфон\\w* smartphone gmx web\\.de"
).split()
"""And what it names (patterns)."""

AUTO_SUBJECTS = (
    "auto(?:matic)?[ -]?(?:reply|response|answer)",
    "auto",
    "out of (?:the )?office(?: reply)?",
    "automatische (?:antwort|abwesenheit\\w*|reactie)",
    "abwesenheits(?:notiz|nachricht)",
    "réponse automatique",
    "absence du bureau",
    "(?:respuesta|resposta) automática",
    "risposta automatica",
    "odpowiedź automatyczna",
    "automatyczna odpowiedź",
    "autoodpowiedź",
    "автоответ(?:чик)?",
    "автоматический ответ",
    "автовідповідь",
    "автоматична відповідь",
    "automātisk[aā] atbilde",
    "automatinis atsakymas",
    "automaatvastus",
    "automaattinen vastaus",
    "avtomatik cavab",
    "otomatik (?:yanıt|cevap)",
    "automatisch antwoord",
    "autosvar",
    "automatiskt? svar",
    "automatická odpov[eě]ď",
    "automatikus válasz",
    "răspuns automat",
    "αυτόματη απάντηση",
    "自动回复",
    "自動回覆",
    "自動返信",
    "자동 회신",
)
"""What programs write before the subject of an automatic answer, before a colon (patterns)."""
BOUNCE_SUBJECTS = (
    "undeliver(?:able|ed)\\b",
    "mail delivery (?:failed|failure|system|subsystem|status)",
    "delivery (?:status notification|failure|has failed|notification)",
    "failure notice",
    "returned mail",
    "delivery to the following",
    "mail system error",
    "message (?:undeliverable|delayed|not delivered)",
    "warning: (?:message|could not send)",
    "delayed mail",
    "(?:nicht |un)zustellbar",
    "non remis",
    "no se puede entregar",
    "non recapitabile",
    "niedostarczon",
    "не доставлено",
    "недоставленн",
    "nevar piegādāt",
    "çatdırılmadı",
    "teslim edilemedi",
    "não foi possível entregar",
    "não entregue",
)
"""How the subject of a delivery report begins (patterns)."""
