"""What machines say, in the languages that they speak: subjects of automatic answers, words of delivery reports.

Rule: data only. Patterns, in lower case.
"""

from __future__ import annotations

AUTO_SUBJECTS = (
    "auto(?:matic|mated)?[ -]?(?:reply|response|answer|acknowledge?ment)|automated (?:e-?mail|message)"
    r"|auto(?=\s*:\s*re\b)|ooo|out of (?:the )?office(?: (?:auto(?:matic)? ?)?(?:reply|response|notification))?"
    "|vacation (?:auto-? ?)?(?:reply|response|notice)|away message|away from (?:the |my )?(?:office|desk)"
    r"|automatische (?:antwort|e-?mail-?antwort|rückantwort|abwesenheit\w*|reactie|beantwoording)|automatisch antwoord"
    "|abwesenheits(?:notiz|nachricht|meldung|assistent|benachrichtigung)|nicht im büro|urlaubsnotiz"
    "|afwezigheids(?:bericht|assistent|melding)|niet op kantoor"
    "|autoantwort|abwesenheit|réponse automatique(?: d'absence)?|message automatique"
    "|absen(?:ce|t) du bureau|notification d'absence|message d'absence"
    "|(?:respuesta|resposta|contestación) autom[aá]tic[ao]|fuera de (?:la )?oficina|fora do escrit[óo]rio"
    "|ausente do escrit[óo]rio|ausência (?:do escrit[óo]rio|temporária)"
    "|resposta de ausência|risposta automatica|fuori ufficio|assente dall'ufficio"
    "|odpowiedź automatyczna|automatyczna odpowiedź|auto-?odpowiedź|autoresponder|poza biurem|nieobecność(?: w biurze)?"
    "|автоответ(?:чик)?|ответ автоответчика|автоматический ответ|авто-?ответ|отсутствие на рабочем месте|вне офиса"
    "|автовідповідь|автоматична відповідь|автовідповідач|поза офісом|відсутність на робочому місці"
    "|аўтаматычны адказ|автоматичен отговор|извън офиса|аутоматски одговор|automatski odgovor|samodejni odgovor"
    "|izvan ureda|automātisk[aā] atbilde|autoatbilde|ārpus biroja|automatinis atsakymas|autoatsakymas|nesu biure"
    "|automaatvastus|automaatne vastus|kontorist väljas|automaattinen vastaus|poissaoloviesti|poissa toimistosta"
    "|avtomatik cavab|avtocavab|ofisdən kənar|otomatik (?:yanıt|cevap)|ofis dışı(?:nda)?|prombūtn[eē]"
    "|frånvarande|frånvaro"
    "|autosvar|automatiskt? svar|frånvaromeddelande|fraværsbesked|fraværsmelding|ikke på kontoret|utenfor kontoret"
    "|automatická odpov[eěď]+ď?|mimo (?:kancelář|kanceláriu)|automatikus válasz|házon kívül(?:i üzenet)?|irodán kívül"
    "|răspuns automat|în afara biroului|αυτόματη απάντηση|εκτός γραφείου"
    "|ავტომატური პასუხი|ինքնապատասխան|автоматты жауап|trả lời tự động|tự động trả lời|balasan otomatis"
    "|jawapan automatik|ตอบกลับอัตโนมัติ|การตอบกลับอัตโนมัติ"
    "|自动回复|自動回覆|自動回復|自动答复|自動返信|自動応答|不在通知|不在応答|자동 회신|자동 응답|자동응답|부재중"
    "|תשובה אוטומטית|מענה אוטומטי|מחוץ למשרד|رد تلقائي|رد آلي|خارج المكتب|پاسخ خودکار|स्वचालित उत्तर|स्वतः उत्तर"
)
"""What programs write before the subject of an automatic answer, before a colon, or as the whole subject."""
AWAY = (
    r"out of (?:the )?office|\((?:return|rückkehr|zurück|retour|de retour|regres|de regreso|volt|retorn|ritorn|rientr"
    r"|powr[óo]t|wraca|terug|åter|tilbage|tilbake)[^()]{0,60}\)\s*$"
)
"""What Notes says of somebody after `AUTO:` and the name."""
BOUNCE_SUBJECTS = (
    r"undeliver(?:able|ed)\b(?! (?:parcel|package|order|goods|item))|mail (?:could|can) ?not be delivered"
    r"|(?:e-?mail|mail) delivery (?:failed|failure|system|subsystem|status|warning|error|problem|report|delayed)"
    r"|e?mail system error|mail system error|mail (?:error|failure|delayed|returned)\b"
    r"|delivery (?:status notification|failure notification|has failed|notification:|report:|delayed:|incomplete)"
    r"|delivery failure(?: \(|\s*$|: )|non-?delivery\b|failure (?:notice|delivery)|failed (?:mail|delivery)\b"
    r"|returned (?:mail|e-?mail|message)\b|returned to sender|nondeliverable mail|delivery to the following"
    r"|unable to deliver (?:your |the )?(?:message|mail|e-?mail)"
    r"|message (?:undeliverable|delayed|not delivered|delivery (?:failure|delayed|failed)|blocked)"
    "|(?:your )?message (?:to .{1,100} )?(?:could not be|was not|has not been|wasn't) (?:delivered|sent)"
    r"|warning: (?:message|could not send|e?mail|.{1,80}user unknown)|delayed mail\b|\*+ ?(?:spam|undeliver)"
    "|rejected:|(?:nicht |un)zustellbar|zustellung (?:fehlgeschlagen|verzögert|nicht möglich)"
    r"|fehler bei der zustellung|unzustellbarkeits\w*|zustell(?:ungs)?fehler|non remis|non distribuable"
    "|échec de (?:la )?(?:remise|distribution|livraison du message)|message non (?:remis|délivré)"
    "|avis de non[- ](?:remise|distribution)|no se puede entregar|no entregado|mensaje no entregado"
    "|no se ha podido entregar|error de entrega|devuelto:|entrega fallida|non recapitabile|mancato recapito"
    "|impossibile recapitare|messaggio non (?:consegnato|recapitato)|errore di consegna|niedostarczon"
    "|nie można dostarczyć|nie dostarczono|zwrot (?:wiadomości|nie ?dostarczonej)|nie udało się dostarczyć"
    "|не доставлено|недоставленн|не удалось доставить|невозможно доставить|сообщение не доставлено"
    "|письмо не доставлено|ошибка доставки|не вдалося доставити|помилка доставки|не доставлений|недоставлен"
    "|nevar piegādāt|nav piegādāt|neizdevās piegādāt|nepiegādāt|neįmanoma pristatyti|nepristatyt"
    "|nepavyko pristatyti|kohaletoimetamatu|ei saa toimetada|ei voitu toimittaa|toimittamaton"
    "|perillemeno epäonnistui|kan (?:niet|inte|ikke) (?:worden )?(?:bezorgd|afgeleverd|levereras|leveres|besteld)"
    "|onbestelbaar|olevererbar|ikke leveret|ikke levert|kunne ikke leveres|gick inte att leverera|oleveret"
    "|leveransfel|nedoručiteln|nedoručen|nedoručiteľn|nepodařilo se doručit|nelze doručit|nie je možné doručiť"
    "|kézbesíthetetlen|nem kézbesíthető|sikertelen kézbesítés|nelivrabil|imposibil de livrat|nu a putut fi livrat"
    "|nije isporučen|neisporučen|ni mogoče dostaviti|недоставен|αδύνατη η παράδοση|μη παραδοτέο"
    "|αποτυχία παράδοσης|çatdırılmadı|çatdırıla bilmədi|teslim edilemedi|iletilemedi|iletilmedi|gönderilemedi"
    "|não foi possível entregar|não entregue|falha na entrega|mensagem não entregue|devolvid[ao]:"
    "|não é possível entregar|无法送达|未送达|系统退信|退信通知|投递失败|無法傳遞|未傳遞|退件|配信不能"
    "|配信できません|送信できませんでした|전송 실패|배달되지 않음|배달 불가|반송|לא ניתן למסירה|لم يتم التسليم"
    "|تعذر التسليم|không gửi được|gagal (?:di)?kirim|tidak terkirim|ส่งไม่สำเร็จ"
)
"""How the subject of a delivery report begins (patterns)."""
DELAYED = (
    "delayed|still trying|will (?:continue|keep) (?:to )?(?:try|retry|attempt|be)|(?:not|n't) yet been"
    "|warning message only|do not need to re-?send|has been postponed|advisory-only"
    "|no action is required on your part|temporary problem|retried|delivery attempts will continue"
    "|remain in the queue|is being queued|will be retried|temporarily deferred|verzögert|weiterhin versucht"
    "|noch nicht zugestellt|weitere zustellversuche|retardé|encore être distribué|nouvelles tentatives|retrasad"
    "|se seguirá intentando|aún no se ha|atrasad|adiad|continuará a tentar|ainda não foi|ritardat|ritardo"
    r"|verrà ritentat|opóźnion|nadal (?:będzie )?prób|задерж|отложен|попытк\w* будут|продолжит|еще не доставлен"
    "|затрим|відкладен|aizkavēt|vėluoja|hilin|viivästy|försenad|försöker fortfarande|forsinket|vertraagd"
    "|blijft proberen|zpožděn|oneskoren|késleltet|întârziat|gecikti|gecikmə|yubadıl|延迟|延遲|遅延|지연"
)
"""What a report says of a mail that is still on its way."""
FINAL = (
    "giving up|given up|permanent(?:ly)?|fatal error|returned to you|returning message"
    "|failed permanently|endgültig|définitive|definitiv|permanente"
)
"""What it says when it is not."""
REASONS: dict[str, str] = {
    "5.2.2": (
        "(?:mailbox|mail box|inbox|account|quota|recipient).{0,40}(?:full|over ?quota|exceed|quota)|over ?quota"
        "|quota (?:is )?(?:exceeded|full)|disk full|insufficient (?:disk )?(?:space|storage)|out of storage"
        "|postfach (?:ist )?voll|boîte .{0,30}pleine|buz[óo]n .{0,20}lleno|casella .{0,20}piena|caixa .{0,30}cheia"
        "|skrzynka .{0,30}(?:pełna|przepełn)|ящик.{0,20}переполнен|скриньк.{0,30}переповнен|pastkast.{0,20}pilna"
    ),
    "5.1.1": (
        "user (?:unknown|not found|doesn't exist|does not exist|doesn't have)"
        "|unknown (?:user|recipient|local|address)|no such (?:user|recipient|mailbox|address|person|account)"
        "|does ?n[o']t (?:exist|have an? )"
        "|mailbox (?:unavailable|not found|does not exist|unknown|inactive|disabled)"
        "|invalid (?:[a-z]+ ){0,2}(?:recipient|address|user|mailbox)"
        "|account (?:is )?(?:disabled|inactive|closed|suspended)"
        "|not (?:a )?(?:known|valid|listed|our customer)|couldn't be found"
        "|no (?:mailbox|account|user) (?:here|by|with)|recipient (?:not|un)"
        "|bad (?:destination )?(?:mailbox )?address|address(?:ee)? (?:unknown|rejected|not found|couldn't be)"
        "|unbekannt|existiert nicht|inconnu|n'existe pas"
        "|desconocid|no existe|non esiste|sconosciut|desconhecid"
        "|não existe|nie istnieje|nieznany|не существует|неизвестн|не найден|не існує|невідом|neeksistē|nepastāv"
        "|neegzistuoja|bestaat niet|onbekend|finns inte|okänd|ukendt|findes ikke|bulunamadı|mövcud deyil|用户不存在"
        "|不存在|宛先不明|リストにありません|見つかりません|存在しません|존재하지 않"
    ),
    "5.1.2": (
        "(?:host|domain|dns).{0,40}(?:not found|unknown|does(?:n't| not) exist|error|lookup)|unrouteable"
        "|no (?:mx|route|gateway)"
        "|couldn't find any host|name service error|illegal host|domain .{0,60}(?:nicht|inconnu|no existe)"
        "|could not find a gateway"
    ),
    "5.7.1": (
        "spam|block(?:ed|list)|blacklist|polic(?:y|ies)|reject(?:ed)? (?:by|for|due)|denied"
        "|not (?:allowed|permitted|authorized)|prohibited|virus|dmarc|spf|dkim|reputation|unsolicited"
    ),
    "5.3.4": "(?:message|mail|size).{0,30}(?:too (?:large|big)|exceed)|exceeds? .{0,30}size",
    "5.4.7": "(?:expired|timed? ?out|too (?:old|long)|retry time|not responding"
    r"|unreachable|connection refused|in \d+ days)",
}
"""The reason in a report's words -> the status that says the same (RFC 3463)."""
FAILED_WORDS = (
    "requested action not taken|no such user here|"
    "could ?n[o']t be delivered|was(?:n't| not) delivered|unable to deliver|undeliver(?:able|ed)"
    "|delivery (?:has )?failed|failed recipient|did not reach|cannot be delivered|couldn't be delivered"
    "|delivery to the following|failed permanently|permanent (?:fatal )?error|non remis|n'a pas pu [eê]tre"
    "|nicht zugestellt|konnte nicht|unzustellbar|no se pudo entregar|no se ha podido entregar|non è stato possibile"
    "|impossibile (?:recapitare|consegnare)|não (?:foi|pôde|pode)|nie (?:został|mogła|można|udało)"
    "|не (?:удалось|может|было|доставлен)|не (?:вдалося|може бути)|nevar(?:ēja)? piegādāt|neizdevās|nepavyko"
    "|ei õnnestunud|ei voitu|kan niet|kunde inte|kunne ikke|nelze|nepodařilo|nem sikerült|nu a putut"
    "|teslim edilemedi|iletilemedi|çatdırıl|无法|未能|できません|못했습니다|תסירה|لم يتم"
)
"""What a report says in its words."""
FORMULAS = (
    "following (?:recipient|address)|created automatically by (?:mail|the mail)"
    "|automatically generated delivery status|permanent fatal errors|this is the mail (?:system|delivery)"
    "|mail delivery (?:sub)?system|transcript of session|(?:folgende[nr]?|an die) empfänger"
    "|destinataires? suivants?|(?:siguientes? )destinatarios?|seguintes? destinatários?|seguenti? destinatari"
    r"|następując\w+ (?:odbiorc|adres)|следующ\w+ (?:получател|адрес)|наступн\w+ (?:одержувач|отримувач|адрес)"
    r"|šād\w+ (?:adresāt|saņēmēj)|aşağıdaki alıcı|aşağıdakı alıcı|följande mottagare|følgende modtagere"
    "|volgende geadresseerde"
)
"""What reports say in the same words each time."""
RECEIPT_SUBJECTS = (
    r"read|not read|gelesen|ungelesen|lu|non lu|leído|no leído|lida?|não lida?|letto|da leggere|przeczytan\w+"
    "|прочтено|прочитано|не прочтено|прочетено|okundu|oxundu|gelezen|läst|læst|lest|luettu|přečteno|prečítané"
    "|olvasva|citit|loetud|izlasīts|lasīts|perskaityta|已读|已讀|開封済み|읽음|נקרא|مقروءة|return receipt"
    "|returned receipt|read receipt|reçu de lecture|lesebestätigung|confirmación de lectura|conferma di lettura"
    r"|recibo de leitura|return receipt \(\w+\)"
)
"""What clients write before the subject of a letter that was opened."""
