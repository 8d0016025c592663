"""How the subjects of machines' letters begin, in the languages that they speak.

Rule: data only. Patterns; in lower case.
"""

from __future__ import annotations

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
