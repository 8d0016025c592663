"""Which names of a voice say by themselves who speaks: `AGENT`, `Customer 1`, `клиент`, `klientu speciālists`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.calls.call import Role

_CUSTOMER = """customer|user|caller
|client|consumer|end user|enduser|external|guest|contact|complainant|subscriber|patient
|buyer|cliente|reclamante|consumidor|utente|chamador|utilizador|klients|kliente|zvanītājs|zvanītāja|abonents|pircējs
|patērētājs|klient|klientka|konsument|dzwoniący|dzwoniąca|abonent|клиент|клиентка|покупатель|абонент|звонящий
|заявитель|müştəri|abunəçi|zəng edən|kunde|müşteri|клієнт"""
_AGENT = """agent|ai|sme
|human agent|live agent|virtual agent|operator|representative|rep|csr|advisor|adviser|support|staff
|employee|internal|bot|ivr|system|assistant|call center|call centre|support agent|customer service
|customer service representative|customer support|customer service agent|service agent|specialist|supervisor|consultant
|agente|operador|operadora|assistente|atendente|funcionário|funcionária|colaborador|colaboradora|operators|operatore
|aģents|darbinieks|darbiniece|konsultants|konsultante|klientu speciālists|klientu apkalpošana|konsultant|konsultantka
|operatorka|pracownik|doradca|doradczyni|оператор|агент|сотрудник|сотрудница|консультант|специалист|менеджер
|поддержка|əməliyyatçı|əməkdaş|menecer|məsləhətçi|berater|temsilci"""
_NUMBERED = re.compile(r"[\s_#\-]*\d*$")


def _table() -> Mapping[str, Role]:
    told: dict[str, Role] = {}
    for role, names in (("customer", _CUSTOMER), ("agent", _AGENT)):
        for name in names.split("|"):
            told[" ".join(name.split())] = "customer" if role == "customer" else "agent"
    return told


_ROLES = _table()


def role_of(name: str) -> Role | None:
    """Who a voice of that name is; None where the name says nothing about it."""
    plain = " ".join(re.sub(r"[_\-]+", " ", name).casefold().split())
    first = plain.partition(":")[0].strip()  # `Caller: John Doe (1000)`
    return _ROLES.get(plain) or _ROLES.get(_NUMBERED.sub("", plain)) or _ROLES.get(first)
