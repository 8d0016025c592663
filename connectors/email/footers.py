"""What stands below a letter and is no word of it: signatures, the footers of telephones, disclaimers.

Rules
1. Only at the end of the new words, line by line upwards, and only what surely is one: a line that names a device and
   says "sent", a paragraph that speaks as lawyers do, short lines below "-- ".
2. Greetings and names stay: they are the customer's words, and a telephone number in them may be wanted.
"""

from __future__ import annotations

import re

from connectors.email.lines import Line

_LINES = 30  # lines at the end in which a signature is looked for
_SIGNATURE_LINES = 12
_SIGNATURE_WIDTH = 90
_FOOTER_WIDTH = 200

_FROM = (
    r"(?:sent|written) (?:from|via|with|using|by|through|securely)|get outlook for"
    r"|отправлен\w* (?:из|с|со|через|при)|надіслан\w* (?:з|із|зі|через)|відправлен\w* (?:з|із|зі)"
    r"|адпраўлен\w* (?:з|са)|изпратен\w* от|послато са|wysłan\w+ (?:z|ze|przez|za)"
    r"|enviad[oa] (?:do|da|de|del|desde|a partir|pelo|por|com|con|via)|enviat des|nosūtīt\w* (?:no|ar|izmantojot)"
    r"|sūtīts no|gesendet (?:von|mit|vom|über)|geschrieben (?:auf|von|mit)"
    r"|envoyée? (?:de|du|depuis|à partir|avec|par|via)|inviat[oa] (?:da|dal|dall|dalla|con|tramite)"
    r"|skickat (?:från|med|via)|sendt (?:fra|med|via)|(?:verzonden|verstuurd) (?:vanaf|met|via|van|vanuit)|saadetud"
    r"|išsiųsta (?:iš|naudojant)|od[eo]sl[aá]n[oéa] (?:z|ze|zo|pomocí|cez)|poslan[oae] (?:s|sa|z|iz|preko)"
    r"|lähetetty|(?:el)?küldve|trimis (?:de pe|din|de la)|στάλθηκε (?:από|με)|απεστάλη (?:από|με)|发自|發自|来自"
    r"|來自|从我的|從我的|발신|נשלח (?:מ|באמצעות)|أُ?رسلت? من|مرسل من|تم الإرسال من|ارسال شده از|فرستاده شده از"
    r"|gửi từ|được gửi từ|dikirim dari|ส่งจาก|გაგზავნილია|ուղարկված է|жіберілді"
    r"|nosūtīts no|von mein\w* \S+(?: \S+)? gesendet|diese (?:nachricht|e-?mail|mail) wurde (?:von|mit|vom)"
    r"|(?:this|ce|cet|cette|este|esta|questo|questa) (?:e-?mail|message|mensaje|mensagem|messaggio|courriel|mail)"
    r" (?:was |a été |foi |fue |è stat[oa] )?(?:sent|envoyé|enviad[oa]|inviat[oa])"
    r" (?:from|via|with|depuis|de|desde|do|da|dal)"
)
_SENT_LAST = (
    r"(?:dan|den|tan|ten)\s(?:gönderil\w+|göndəril\w+)|(?:から|より|で)(?:の)?(?:送信|送られ\S*)|에서\s?(?:보냄|발송|보낸\S*)"
    r"|(?:的)?\S{0,12}(?:发送|發送|傳送)"
    r"|से भेजा गया|үшін жіберілді|üzrə göndərilib|gesendet|r[óő]l (?:el)?küldve"
)
_DEVICE = (
    r"iphon\w*|ipad\w*|android\w*|ios|macbook|mac|outlook|windows|samsung|galaxy\w*|huawei|honor|xiaomi|redmi|poco|oppo"
    r"|vivo|realme|oneplus|pixel|nokia|motorola|sony|xperia|lg|blackberry|smartphone\w*|smarttelefon\w*|yahoo|mail\.?ru"
    r"|яндекс\w*|yandex|рамблер\w*|rambler|gmail|proton\s?mail|proton|tutanota|tuta|thunderbird|k-9\w*|fairemail|spark"
    r"|bluemail|aqua mail|mymail|my\.?mail|edison|airmail|superhuman|hotmail|gmx|web\.de|freenet|t-online|orange|o2|wp"
    r"|onet|interia|seznam|centrum|libero|virgilio|inbox\.lv|ukr\.net|naver|daum|qq\S{0,10}|163|网易\S*|foxmail|hey"
    r"|mobil\w*|mobile|handy|phone|telefon\w*|téléphone|teléfono|telemóvel|celular|телефон\w*|смартфон\w*|мобильн\w*"
    r"|мобільн\w*|планшет\w*|tablet\w*|tālru\w*|viedtālru\w*|手机|手機|携帯|스마트폰|휴대폰|הטלפון|هاتف\w*|गैलेक्सी"
)
_APART = r"(?:^|(?<=[\s\"'(«„“.:\u2010-\u2015-])|(?<=[^\x00-\x7f]))"
_FOOTER_FROM = re.compile(
    rf"(?:{_FROM})(?![^\W\d_])(.*)|(?:发自|發自|来自|來自|从我的|從我的|발신|נשלח מ)(.*)", re.IGNORECASE
)
_FOOTER_LAST = re.compile(rf".{{0,60}}(?:{_SENT_LAST})", re.IGNORECASE)
_FOOTER_DEVICE = re.compile(_APART + rf"(?:{_DEVICE})(?![a-z])", re.IGNORECASE)
_LINK = re.compile(
    r"<[^<>]{0,500}>|\[(?:https?:|cid:|mailto:)[^\[\]]{0,500}\]|\(https?:[^()]{0,500}\)|https?://\S{1,500}"
)
_ENDS = re.compile(r"[.!?。]\s+\S")
_FOOTER_WORDS = 12
_ASIAN_WIDTH = 40
_AFTER_DEVICE = 6
_LAST_WORDS = 5
_PIECES = 12  # footers, rules and signatures that are taken off one after another

_SCANNED = re.compile(
    r"(?:virus-?free|без вирусов|libre de virus|livre de vírus|privo di virus|sans virus|virenfrei|virusvrij"
    r"|wolny od wirusów|bez virů)\b.{0,60}"
    r"|.{0,40}\b(?:e-?mail|message|nachricht|courriel|correo|mensaje|mensagem|messaggio|сообщение|письмо|wiadomość|bericht"
    r"|zpráva)\b.{0,60}(?:checked|scanned|geprüft|vérifi|comprobad|analizad|verificad|controllat|проверен|sprawdz|kontrol"
    r"|gecontroleerd).{0,60}(?:virus|avast|avg|eset|kaspersky|nod32|антивирус|wirus|vírus).{0,80}"
    r"|yahoo mail: search, organize, conquer"
    r"|(?=.{0,120}\b(?:before|bevor|vor dem|avant|antes|prima|zanim|przed|прежде|перед|перш|innan|før)\b)"
    r"(?=.{0,120}(?:environ|umwelt|ambient|środowisk|природ|окружающ|довкілл|miljö|miljø))"
    r".{0,120}(?:print|druck|imprim|stampa|druk|печат|друк|skriv).{0,60}",
    re.IGNORECASE,
)
_OUTLOOK = re.compile(r"(?:\S+ ){0,3}Outlook (?:\S+ ){1,3}(?:iOS|Android|Mac|Windows)(?:\s+\S+){0,2}\.?", re.IGNORECASE)
"""`Get Outlook for iOS<https://aka.ms/…>` in any language."""
_RULE = re.compile(r"\s*(?:--|-- |[-_=*~—–]{3,}|\[(?:cid|image|inline|logo)[^\[\]]{0,200}\])\s*")

_LONG_RULE = re.compile(r"\s*[-_=*~]{10,}(?: ?[\w!. ]{0,40}Sponsor ?[-_=*~]{3,})?[~>-]*\s*")
_ADVERTISED = re.compile(
    r"(?:get|send|try|free|download|private).{0,40}(?:e-?mail|hotmail|messenger|msn|yahoo)|do you yahoo"
    r"|yahoo! (?:mail|mess|games|auction|photos|shopping|greetings|health|tax|finance|search|web)"
    r"|(?:chat|share|join|check|express|protect|find|add|use|stay|stop|help|click|surf|fast|discover|watch).{0,80}"
    r"\b(?:msn|hotmail|windows live|messenger)\b"
    r"|sponsor(?:ed by)?\b|get your (?:own )?|mailing list|listinfo|unsubscribe|yahoogroups|google groups"
    r"|you (?:are receiving|received) this (?:message|e?-?mail)|list(?: info)?:|subscription|list archive|mailinglist"
    r"|liste de diffusion|lista de correo",
    re.IGNORECASE,
)
"""What a provider or a list writes below a rule."""
_A_PERSON = re.compile(r"\b(?:I|I'm|my|me|we|our|us(?!\.)|please)\b")
_ADVERTISED_LINES = 8
_LAWYERS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(words, re.IGNORECASE)
    for words in (
        (
            r"confiden|vertraulich|vertrouwelijk|конфиденц|конфіденц|poufn|riservat|fortrolig|konfiden|luottamuks"
            r"|bizalmas|důvěrn|dôvern|gizli|məxfi|εμπιστευτ|privileg|geheim|机密|機密|保密|秘密|기밀|비밀|סודי|سري"
            r"|povjerljiv|poverljiv|поверител|поверљив|secret|legally|rechtlich geschützt"
        ),
        (
            r"recipient|addressee|empfänger|adressat|destinat[aáà]ri|destinatario|destinataire|адресат|получател"
            r"|одержувач|отримувач|адресован|adresat|adresāt|saņēmēj|gavėj|saaja|ontvanger|geadresseerde|mottagare"
            r"|modtager|mottaker|vastaanottaj|címzett|adresát|příjemc|příjemc|príjemc|alıcı|ünvan|παραλήπτ|收件人"
            r"|受信者|宛先|수신|נמען|المستلم|المرسل|primatelj|primalac|получатeл|addressed to"
        ),
        (
            r"delet|destroy|lösch|vernicht|effac|détrui|supprim|elimin|borr|apag|destru|cancell|distrug|удал|уничтож"
            r"|видал|знищ|usun|usuń|dzēst|dzēs|iznīcin|ištrin|kustuta|verwijder|radera|förstör|slet|poista|hävit|töröl"
            r"|smaž|zmaž|vymaž|odstran|siliniz|silin|διαγρά|ștergeți|删除|刪除|削除|삭제|מחק|حذف|obri[sš]|изтри|notify"
            r"|verständig|informier|avert|avis[ae]|notifi|сообщ|повідом|уведом|powiadom|paziņo|informē|informu|teavit"
            r"|underrätt|underret|értesít|upozorn|bildirin"
        ),
        (
            r"e-?mail|message|nachricht|courriel|mensaje|correo|mensagem|messaggio|messaggi|письм|сообщен|повідомлен"
            r"|лист\b|wiadomoś|korespond|vēstul|ziņojum|laišk|žinut|kiri|sõnum|bericht|meddelande|meddelelse|melding"
            r"|viesti|sähköpost|üzenet|levél|zpráv|správ|ileti|posta|mesaj|μήνυμα|邮件|郵件|メール|메일|הודע|دואר|رسالة"
            r"|البريد|poruk|съобщени"
        ),
        (
            r"attach|anhang|anhäng|pièce|adjunt|anex|allegat|вложен|вкладен|додат|załącz|pielikum|pried|manus|bijlage"
            r"|bilag|vedlegg|liit|mellékl|příloh|príloh|ekler|əlavə|συνημμ|unauthori|prohibit|unzulässig|verboten"
            r"|interdit|interdite|prohibid|proibid|vietat|запрещ|заборон|zabron|aizliegt|draudžiam|keelat|verboden"
            r"|förbjud|forbud|kiellet|tilos|zakáz|yasak|qadağan|απαγορ|disclos|offenleg|divulg|difus|diffus|liab|haft"
            r"|responsab|ответственн|відповідал|dissemin"
        ),
    )
)
_LAWYER_SIGNS = 4
_SECRET = (
    "confiden vertrau vertrouw конф поверит poufn riservat fortrolig konfiden luottamuks bizalmas věrn vern gizli məxfi"
    " εμπιστευτ privileg geheim 密 기밀 비밀 סוד سري povjerlj poverlj secret legally rechtlich"
).split()
"""One of these stands in every disclaimer."""
_LAWYER_LIMIT = 5_000
_LAWYER_WIDTH = 80  # code points that a disclaimer has at least


def own(run: list[Line]) -> list[Line]:
    """The run without what stands below the letter at its end."""
    last = len(run)
    for _ in range(_PIECES):
        while last and not run[last - 1].words.strip():
            last -= 1
        shorter = _shortened(run, last)
        if shorter is None:
            break
        last = shorter
    return run[:last]


def _shortened(run: list[Line], last: int) -> int | None:
    """How many lines stay when what stands at the end is taken off, or None when nothing is to be taken off."""
    if last <= 1:
        return None
    line = run[last - 1].words.strip()
    if _RULE.fullmatch(line[:300]) or is_footer(line):
        return last - 1
    for place in range(max(0, last - _LINES), last):
        if run[place].words in {"-- ", "--"} and _is_signature(run[place + 1 : last], strict=run[place].words == "--"):
            return place
    return _paragraph(run, last)


def _paragraph(run: list[Line], last: int) -> int | None:
    """The same of a paragraph: what a provider or a list says of itself, a disclaimer, a footer that was wrapped."""
    if (rule := _advertised(run, last)) is not None:
        return rule
    line = run[last - 1].words.strip()
    first = last - 1
    while first and first > last - _LINES and run[first - 1].words.strip():
        first -= 1
    if first and _is_disclaimer(" ".join(each.words.strip() for each in run[first:last])):
        return first
    if last - first == 2 and first and is_footer(f"{run[first].words.strip()} {line}"):  # noqa: PLR2004 -- wrapped once
        return first
    return None


def _advertised(run: list[Line], last: int) -> int | None:
    """Where a long rule begins below which a provider or a mailing list speaks of itself, with a link, to the end."""
    said: list[str] = []
    for place in range(last - 1, max(0, last - _ADVERTISED_LINES - 2), -1):
        words = run[place].words.strip()
        if _LONG_RULE.fullmatch(words):
            whole = " ".join(reversed(said))
            linked = ("http" in whole or "www." in whole or "@" in whole) and not _A_PERSON.search(whole)
            return place if linked and _ADVERTISED.search(f"{words} {whole}"[:_LAWYER_LIMIT]) else None
        if words:
            said.append(words[:500])
    return None


def is_footer(line: str) -> bool:
    """Whether a line only says with what it was sent, or that a scanner saw it."""
    if len(line) > _FOOTER_WIDTH + 300:
        return False
    said = _LINK.sub(" ", line).strip(" *_-–—()[]|\t")
    if _SCANNED.fullmatch(said) or ("aka.ms/" in line and _OUTLOOK.fullmatch(said)):
        return True
    if not said or len(said) > _FOOTER_WIDTH or _ENDS.search(said) or said.endswith(("?", "!")):
        return False
    words = len(said.split())
    if words > _FOOTER_WORDS or (words <= 1 and len(said) > _ASIAN_WIDTH):
        return False
    return _is_sent_by(said)


def _is_sent_by(said: str) -> bool:
    """Whether the line is about sending, at its beginning (`Sent from …`) or its end (`… gesendet`)."""
    said = said.rstrip(". ")
    if _FOOTER_FROM.fullmatch(said):
        device = _FOOTER_DEVICE.search(said)
        return device is not None and len(said[device.end() :].split()) <= _AFTER_DEVICE
    return bool(_FOOTER_LAST.fullmatch(said) and _FOOTER_DEVICE.search(said) and len(said.split()) <= _LAST_WORDS)


def _is_disclaimer(paragraph: str) -> bool:
    if not _LAWYER_WIDTH <= len(paragraph) <= _LAWYER_LIMIT:
        return False
    folded = paragraph.casefold()
    if not any(stem in folded for stem in _SECRET):
        return False  # cheap, and true of nearly every letter
    return sum(1 for words in _LAWYERS if words.search(paragraph)) >= _LAWYER_SIGNS


def _is_signature(lines: list[Line], *, strict: bool) -> bool:
    """Short lines only, disclaimers apart; below a mark that lost its space no sentence, and fewer lines."""
    said = [line.words.strip() for line in lines if line.words.strip()]
    short = [words for words in said if len(words) <= _SIGNATURE_WIDTH]
    wide = " ".join(words for words in said if len(words) > _SIGNATURE_WIDTH)
    if wide and (strict or not _is_disclaimer(wide)):
        return False
    if len(short) > _SIGNATURE_LINES:
        return False
    return not strict or (
        len(said) <= _SIGNATURE_LINES // 2 and not any(words.endswith((".", "!", "?")) for words in said)
    )
