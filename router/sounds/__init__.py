"""How words sound, however they are typed: without diacritics, in another alphabet, misspelt.

folding   a word as it sounds in a language: `жалоба`, `zhaloba` and `jaloba` are one
patterns  the small language of config/words/*.yaml: stems, gaps, alternatives; and finding them in a text

Pure, without I/O. A text is looked at up to LOOKED_AT code points; the time grows with its length and no faster.
"""

from router.sounds.folding import flat, folded, skeleton
from router.sounds.patterns import BadPatternError, Hit, Patterns, one_apart
from router.sounds.text import LOOKED_AT, Sentence, Word, sentences

__all__ = [
    "LOOKED_AT",
    "BadPatternError",
    "Hit",
    "Patterns",
    "Sentence",
    "Word",
    "flat",
    "folded",
    "one_apart",
    "sentences",
    "skeleton",
]
