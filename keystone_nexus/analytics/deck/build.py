"""Builds the executive deck."""

from __future__ import annotations

import io

from keystone_nexus.analytics.gold import Gold
from keystone_nexus.analytics.provenance import CREDIT, Provenance


def build_deck(gold: Gold, provenance: Provenance) -> bytes:
    """The bytes of a `.pptx`: about ten slides for ten minutes, with notes."""
    from pptx import Presentation
    from pptx.util import Inches

    from keystone_nexus.analytics.deck import slides
    from keystone_nexus.analytics.deck.layout import HEIGHT, WIDTH
    from keystone_nexus.analytics.deck.story import story_of

    story, foot = story_of(gold), f"{provenance.line} · {CREDIT}"
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    deck.core_properties.title = "Keystone Nexus: executive summary"
    deck.core_properties.author = "Keystone Nexus"
    slides.summary(deck, story, foot)
    slides.trend(deck, story, foot)
    slides.solution(deck, foot, provenance)
    slides.categories(deck, story, foot)
    slides.lateness(deck, story, foot)
    slides.customers(deck, story, foot)
    slides.recommendations(deck, story, foot)
    slides.cost(deck, foot)
    slides.risks(deck, foot)
    slides.questions(deck, story, foot)
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()
