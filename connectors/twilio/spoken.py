"""What a caller hears, as TwiML: in the brand's language, by a voice, or by sound files where there is no voice.

The words are in config/notices/<language>/pages.yaml (`voice_…`). A reference is said slowly, character by character,
with a pause after each group, twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from intake_daemon.contract import BrandFacts

VOICES: Mapping[str, str] = {
    "en": "en-GB Polly.Amy",
    "pt": "pt-PT Polly.Ines",
    "lv": "lv-LV Google.lv-LV-Standard-B",
    "pl": "pl-PL Polly.Ewa",
    "ru": "ru-RU Polly.Tatyana",
}
"""Twilio's language and voice per language. There is none for Azerbaijani: give sound files, or it is the next one."""


class Speech:
    """One answer to a call, verb after verb."""

    def __init__(
        self,
        words: Mapping[str, Mapping[str, str]],
        brand: BrandFacts,
        language: str,
        *,
        voices: Mapping[str, str],
        sounds: Mapping[str, str],
    ) -> None:
        """`words`: per language what is said. `sounds`: per language the address under which sound files lie."""
        spoken = [each for each in dict.fromkeys((language, *brand.languages, "en")) if each in words]
        self.language = next((each for each in spoken if each in sounds or each in voices), "en")
        self._words = words.get(self.language, {})
        self._brand = brand
        self._sounds = sounds.get(self.language, "").rstrip("/")
        self._locale, _, self._voice = voices.get(self.language, VOICES["en"]).partition(" ")
        self._root = ET.Element("Response")

    def say(self, word: str, **fill: str) -> Speech:
        """Something from pages.yaml; of a sound file it is `<address>/<word>.mp3`."""
        if self._sounds:
            return self._play(word)
        return self._say(self._words.get(word, "").format(brand=self._brand.name, **fill))

    def reference(self, reference: str) -> Speech:
        """A reference, slowly, twice."""
        for word in ("voice_reference", "voice_again"):
            self.say(word)
            for group in reference.split("-"):
                self.pause(1)
                if self._sounds:
                    for character in group:
                        self._play(character.lower())
                else:
                    self._say(", ".join(group) + ".")
            self.pause(1)
        return self

    def pause(self, seconds: int) -> Speech:
        """Silence."""
        ET.SubElement(self._root, "Pause", length=str(seconds))
        return self

    def verb(self, name: str, **attributes: str) -> Speech:
        """Any other verb, such as Record or Hangup."""
        ET.SubElement(self._root, name, attributes)
        return self

    def redirect(self, url: str) -> Speech:
        """Go on there."""
        ET.SubElement(self._root, "Redirect", method="POST").text = url
        return self

    def twiml(self) -> str:
        """The whole answer."""
        return '<?xml version="1.0" encoding="UTF-8"?>' + ET.tostring(self._root, encoding="unicode")

    def _say(self, text: str) -> Speech:
        if text:
            attributes = {"language": self._locale} | ({"voice": self._voice} if self._voice else {})
            ET.SubElement(self._root, "Say", attributes).text = text
        return self

    def _play(self, name: str) -> Speech:
        ET.SubElement(self._root, "Play").text = f"{self._sounds}/{name}.mp3"
        return self
