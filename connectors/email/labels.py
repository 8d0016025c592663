"""The words that mail clients write around another's mail, in the languages that they speak.

Rule: data only. A label here is the whole label, in lower case; a stem is part of a word.
"""

from __future__ import annotations

import re

LABELS: dict[str, str] = {
    "from": (
        "from|von|de|da|od|от|от кого|від|від кого|ад|no|sūtītājs|nuo|siuntėjas|saatja|kellelt|kimden|gönderen"
        "|kimdən|göndərən|från|avsändare|fra|afsender|avsender|van|afzender|lähettäjä|feladó|de la|expéditeur"
        "|remetente|remite|remitente|mittente|absender|nadawca|odesílatel|odosielateľ|отправитель|відправник"
        "|адпраўнік|подател|пошиљалац|šalje|pošiljatelj|pošiljatelja|šalje|šaltinis|expeditor|expeditorul|από"
        "|αποστολέας|送信元|发件人|寄件人|發件人|寄件者|差出人|送信者|보낸 사람|보낸사람|발신|מאת|מ|من|از|فرستنده|từ"
        "|người gửi|dari|pengirim|จาก|ผู้ส่ง|प्रेषक|द्वारा|კიმ|გამომგზავნი|ვისგან|ումից|кімнен|жіберуші|frå|frá"
        "|remitent|oor"
    ),
    "date": (
        "sent|date|sent at|date sent|sent on|gesendet|gesendet am|datum|data|enviado|enviada|enviado em|enviada em"
        "|enviado el|fecha|envoyé|envoyé le|envoyé à|date d'envoi|inviato|inviata|data invio|wysłano|wysłane"
        "|data wysłania|дата|отправлено|надіслано|відправлено|дата отправки|изпратено|послато|nosūtīts|nosūtīta"
        "|nosūtīšanas datums|sūtīts|datums|laiks|išsiųsta|saadetud|kuupäev|lähetetty|päivämäärä|päiväys|skickat"
        "|sendt|dato|verzonden|elküldve|dátum|küldve|odesláno|odoslané|poslano|poslato|gönderildi|gönderme tarihi"
        "|gönderilme tarihi|tarih|tarix|göndərildi|göndərilib|göndərilmə tarixi|trimis|dată|στάλθηκε|ημερομηνία"
        "|日期|发送时间|發送時間|寄件日期|時間|时间|傳送時間|送信日時|日時|日付|보낸 날짜|보낸날짜|날짜|נשלח|תאריך"
        "|تاريخ|التاريخ|تاريخ الإرسال|تم الإرسال|تاریخ|ارسال شده|ارسال|data de envio|data do envio|đã gửi|ngày|ngày gửi"
        "|dikirim|tanggal|ส่ง|วันที่|ส่งเมื่อ|भेजा गया|दिनांक|गया|жіберілді|күні|gönderim tarihi|enviat"
        "|data da mensagem|თარიღი|გაგზავნის თარიღი|ամսաթիվ"
    ),
    "to": (
        "to|an|à|a|para|do|кому|komu|kam|til|till|aan|vastaanottaja|destinatario|destinatari|destinatário"
        "|destinataire|pour|kime|kimə|alıcı|adresāts|saņēmējs|adresat|címzett|către|destinatar|destinatarul|pro|pre"
        "|prima|za|kellele|saaja|gavėjas|kam|получатель|одержувач|отримувач|до|на|προς|παραλήπτης|送信先|收件人"
        "|收件者|宛先|받는 사람|받는사람|수신|אל|إلى|الى|به|گیرنده|đến|tới|kepada|untuk|ถึง|प्रति|ვის|კიმე|ում"
        "|кімге|per a|empfänger"
    ),
    "cc": (
        "cc|kopie|kopia|dw|do wiadomości|копия|копія|копие|kópia|kopio|cópia|copia|con copia|copie|másolatot kap|bilgi"
        "|surət|kopija|抄送|副本|참조|bcc|koopia|κοιν|κοινοποίηση|עותק|نسخة|رونوشت|สำเนา|cc para"
    ),
    "subject": (
        "subject|betreff|assunto|asunto|objet|sujet|oggetto|temat|тема|тема письма|относно|предмет|tēma|temats|tema"
        "|teema|aihe|otsikko|ämne|emne|efni|onderwerp|tárgy|předmět|predmet|naslov|zadeva|konu|mövzu|subiect"
        "|subiectul|assumpte|тэма|θέμα|主题|主題|主旨|件名|题目|제목|נושא|הנדון|الموضوع|موضوع|chủ đề|tiêu đề"
        "|perihal|subjek|เรื่อง|หัวเรื่อง|विषय|თემა|სათაური|թեմա|тақырып"
    ),
    "reply-to": "reply-to|reply to|antwort an|responder a|répondre à|rispondi a|odpowiedz do|ответить|обратный адрес",
}
"""By role, what clients call the fields of a block, in lower case."""
ROLES = {label: role for role, labels in LABELS.items() for label in labels.split("|")}
FORWARD_STEMS = re.compile(
    r"forward|fwd|пересыл|пересил|пересл|переадрес|переслан|перенаправ|препрат|прослеђ|przekaz|przesł|reencaminh"
    r"|encaminh|reenvi|transfér|transmis|réexpéd|weitergeleit|inoltr|doorgestuurd|pārsūt|persiųs|yönlendir"
    r"|yönləndir|iletil|i̇leti|vidarebef|vidaresänd|videresen|välitet|edelleenläh|edasta|továbbít|přepos|prepos"
    r"|proslij|posreduj|redirec|redireccion|reenviat|προωθ|προώθ|转发|轉寄|轉發|転送|전달|הועבר|מועבר|معاد توجيه"
    r"|إعادة توجيه|تمت إعادة|بازارسال|chuyển tiếp|diteruskan|ส่งต่อ|अग्रेषित|გადაგზავნ|վերահասց|қайта жіберіл"
    r"|framsend",
    re.IGNORECASE,
)
ORIGINAL_STEMS = re.compile(
    r"origin|ursprüng|oryginal|исходн|оригинал|вихідн|оригінал|першапач|изходн|orijinal|eredeti|alkuper|sākotnēj"
    r"|pradin|algne|původní|pôvodn|izvorn|oprindelig|opprinnelig|ursprung|oorspronk|mensagem anterior|reply message"
    r"|antwort nachricht|replied message|əsas mesaj|ilkin|αρχικό|原始|原邮件|元のメッセージ|원본|מקורית|الأصلية"
    r"|اصلی|gốc|asli|ต้นฉบับ|मूल|საწყისი|ориг",
    re.IGNORECASE,
)
LETTER_STEMS = re.compile(
    r"m[ei]ss?a[gjh]|mail|nachricht|mensa[jg]|сообщ|письм|повідом|лист|паведам|съобщ|порук|wiadomo|bericht"
    r"|medde|melding|viest|üzenet|levél|zpráv|správ|e-?post|ileti|posta|mesaj|μήνυμα|vēstul|ziņ|laišk|žinut|kiri"
    r"|sõnum|邮件|郵件|信|メッセージ|メール|메시지|메일|הודע|דוא|رسال|پیام|thư|pesan|ข้อความ|संदेश|poruk|sporoč"
    r"|shkres|original\s*$",
    re.IGNORECASE,
)
"""A letter, in any of its words."""
WROTE_STEMS = re.compile(
    r"\bwrote\b|\bwrites\b|schrieb|geschrieben|\bécrit|\becrit|escribi|escreve|scritto|\bscrisse|napisa|писал|пише"
    r"|пишет|написа|піша|rakst|rašė|parašė|kirjutas|kirjoitti|skrev|schreef|geschreven|írta|napsal|napísal|a scris"
    r"|έγραψε|yazdı|yazıb|yazd|写道|寫道|書き|作成|작성|썼|כתב|كتب|نوشت|viết|menulis|เขียน|लिखा|დაწერა|წერდა|գրել"
    r"|жазды|va escriure|idatzi|zitat von|quoting|citando",
    re.IGNORECASE,
)
"""What an attribution says that somebody did."""
LEADS = frozenset(
    "am pm uhr schrieb hat skrev schreef heeft odesílatel uživatel používateľ je oseba korisnik ο χρήστης от из"
    " lietotājs użytkownik wiadomość napisana przez utilisateur usuario user användaren brukeren bruger"
    " kasutaja kontakt käyttäjä"
    " пользователь користувач від מאת تمت كتابة ما يلي بواسطة من م ص को बजे ზე"
    " gmt utc met mez mesz cet cest eet eest wet west bst est edt cst cdt mst mdt pst pdt msk ist oez".split()
)
"""Words of an attribution that stand before the name, in lower case."""
ABOVE_THIS = re.compile(
    r"[\s*#=_–—-]*(?:"
    r"(?:please |kindly )?(?:(?:type|write|enter|put|add|make) )?(?:your )?(?:reply|response|comment|answer)s?"
    r" (?:only )?above (?:this|the) line"
    r"|(?:please )?(?:reply|respond|write|type) (?:only )?above (?:this|the) line"
    r"|(?:bitte )?(?:antworten|schreiben|antwort) .{0,20}(?:oberhalb|über) dieser (?:linie|zeile)"
    r"|(?:merci de |veuillez )?(?:répondre|répondez|saisir|écrire|écrivez) .{0,20}au[- ]dessus de cette ligne"
    r"|(?:por favor,? )?(?:responda|responde|escriba|escribe) .{0,20}(?:encima|arriba) de esta línea"
    r"|(?:por favor,? )?(?:responda|escreva|digite) .{0,20}acima d(?:esta|essa) linha"
    r"|(?:per favore )?(?:rispondi|scrivi|rispondere) .{0,20}sopra (?:questa|la) (?:riga|linea)"
    r"|(?:proszę )?(?:odpowiedz|odpowiedź|pisz|napisz) .{0,20}(?:nad|powyżej) t[ąe]j? lini[ąię]"
    r"|(?:пожалуйста,? )?(?:пишите|напишите|ответ\w*|введите) .{0,20}(?:выше|над) эт(?:ой|ого)"
    r" (?:лини\w+|строк\w+|текст\w+)"
    r")[\s*#=_.:;–—-]*$",
    re.IGNORECASE,
)
"""The line above which a help desk wants its customers to write."""
THIS_IS_FORWARDED = re.compile(
    r"\s*(?:this is a forwarded message|(?:это )?пересылаемое сообщение|dies ist eine weitergeleitete nachricht)"
    r"[.:]?\s*",
    re.IGNORECASE,
)
"""What The Bat writes above a block: a line without a sign, which nobody looks at by itself."""
