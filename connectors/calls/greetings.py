"""What those say who answer a company's telephone, in the languages of our customers: only they say it.

GREETINGS are said at the beginning and tell nearly surely; PHRASES come anywhere and tell a little. Texts are compared
folded: lower case, without punctuation, `ё` as `е`. A company adds its own (`greetings` of the settings).
"""

from __future__ import annotations

import re
import unicodedata

_GREETINGS = """
thank you for calling | thanks for calling | thank you for contacting | thanks for contacting | how can i help
how may i help | how can i assist | how may i assist | how could i help | what can i do for you | calls are recorded
call is recorded | call is being recorded | call may be recorded | calls may be recorded | call will be recorded
call may be monitored | calls may be monitored | recorded for training | recorded for quality | you are through to
youre through to | you have reached | youve reached | youre speaking with | you are speaking with | youre speaking to
obrigado por ligar | obrigada por ligar | obrigado por contactar | obrigada por contactar | obrigado pelo seu contacto
obrigada pelo seu contacto | obrigado pela sua chamada | obrigada pela sua chamada | em que posso ajudar
em que o posso ajudar | em que a posso ajudar | em que lhe posso ser útil | em que posso ser útil | como posso ajudar
como o posso ajudar | como a posso ajudar | em que posso ajudá | como posso ajudá | chamada está a ser gravada
chamada será gravada | chamada poderá ser gravada | chamada pode ser gravada | chamada é gravada | chamadas são gravadas
está a falar com | ligou para a linha
paldies ka zvanāt | paldies ka piezvanījāt | kā varu palīdzēt | kā varu jums palīdzēt | kā es varu jums palīdzēt
ar ko varu palīdzēt | ar ko varu jums palīdzēt | saruna tiek ierakstīta | zvans tiek ierakstīts
sarunas tiek ierakstītas | saruna var tikt ierakstīta | jūs esat sazvanījis | jūs esat sazvanījusi
jūs esat sazvanījuši | esat piezvanījuši
dziękuję za telefon | dziękujemy za telefon | dziękuję za kontakt | dziękujemy za kontakt | dziękujemy za połączenie
w czym mogę pomóc | w czym mogę pani pomóc | w czym mogę panu pomóc | w czym mogę państwu pomóc | jak mogę pomóc
rozmowa jest nagrywana | rozmowa będzie nagrywana | rozmowa może być nagrywana | rozmowy są nagrywane
dodzwonili się państwo | dodzwoniłeś się do | dodzwoniła się pani | dodzwonił się pan
спасибо за звонок | спасибо что позвонили | благодарим за звонок | благодарю за звонок | благодарим за обращение
чем могу помочь | чем могу вам помочь | чем я могу вам помочь | чем я могу помочь | как могу помочь
как я могу вам помочь | чем могу быть полезен | чем могу быть полезна | разговор записывается | звонок записывается
разговоры записываются
звонки записываются | разговор может быть записан | вы позвонили в | вас приветствует
zəng etdiyiniz üçün təşəkkür | zəng vurduğunuz üçün təşəkkür | zənginiz üçün təşəkkür | müraciət etdiyiniz üçün təşəkkür
necə kömək edə bilərəm | necə yardım edə bilərəm | sizə necə kömək | sizə nə ilə kömək | nə ilə kömək edə bilərəm
danışıq qeydə alınır | zəng qeydə alınır | zənginiz qeydə alınır | danışıqlar qeydə alınır | söhbət yazılır
danışıq yazılır | zəng yazılır | siz zəng etmisiniz
"""
_PHRASES = """
is there anything else i can help | anything else i can help | anything else i can do for you | can i take your name
could i take your name | may i have your name | can i have your order number | could i have your order number
for security purposes | let me check that for you | i will put you through | ill put you through
i will transfer you | ill transfer you | bear with me | thank you for holding | sorry to hear that | sorry to hear about
i do apologise | i apologise for the inconvenience | i apologize for the inconvenience | can you confirm your
could you confirm your | ill raise a complaint | i will raise a complaint | i have logged your complaint
mais alguma coisa em que possa ajudar | posso ajudar em mais alguma coisa | pode indicar me o seu | pode confirmar o seu
vou transferir a sua chamada | aguarde um momento | lamento o sucedido | lamentamos o sucedido
vai varu vēl kā palīdzēt | vai vēl kā varu palīdzēt | lūdzu nosauciet | lūdzu uzgaidiet | atvainojamies par sagādātajām
vai varat nosaukt | es jūs savienošu
czy mogę jeszcze w czymś pomóc | w czymś jeszcze pomóc | proszę o podanie | proszę podać | proszę czekać
przepraszamy za niedogodności | przepraszam za niedogodności | zaraz to sprawdzę
могу ещё чем то помочь | ещё чем нибудь помочь | могу чем то еще помочь | назовите пожалуйста
подскажите пожалуйста ваш | оставайтесь на линии | приносим извинения | приносим свои извинения | сейчас проверю
я вас переведу
соединяю вас
başqa necə kömək edə bilərəm | başqa sualınız var | xətdə qalın | xətdə gözləyin | zəhmət olmasa adınızı
üzr istəyirik | narahatlığa görə üzr
"""
_NOT_THEIRS = re.compile(r"\b(?:thank you|thanks) for calling (?:me|us|back)\b")
"""What customers say whom we call."""
_MARKS = re.compile(r"[^\w\s]")


def folded(text: str) -> str:
    """As phrases are compared: `I'll` is `ill`, `чём-то` is `чем то`."""
    plain = unicodedata.normalize("NFC", text.casefold().replace("i̇", "i")).replace("ё", "е")
    plain = plain.replace("'", "").replace("\u2019", "")
    return " ".join(_MARKS.sub(" ", plain).split())


def _table(written: str) -> tuple[str, ...]:
    return tuple(folded(each) for line in written.splitlines() for each in line.split("|") if each.strip())


GREETINGS = _table(_GREETINGS)
PHRASES = _table(_PHRASES)


def greeting_in(text: str, own: tuple[str, ...] = ()) -> str:
    """The greeting that stands in it, folded; else ""."""
    return _first(_NOT_THEIRS.sub(" ", folded(text)), (*map(folded, own), *GREETINGS))


def phrase_in(text: str) -> str:
    """The phrase of somebody who works there that stands in it; else ""."""
    return _first(folded(text), PHRASES)


def _first(text: str, phrases: tuple[str, ...]) -> str:
    return next((each for each in phrases if each and each in text), "")
