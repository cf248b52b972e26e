"""The caption grammar: labels -> a sentence in the closed vocabulary, said another way every time."""

from .lexicon import PHRASES

UPPER = {"t-shirt", "long-sleeved shirt", "tank top", "jacket", "sweater"}
PLURAL = {"shorts", "trousers", "jeans", "leggings", "shoes", "boots"}


def say(rng, kind, value, full):
    """A phrase for a value: the plainest six times in ten, else any of its synonyms."""
    phrases = PHRASES[kind].get(value, [])
    if not phrases:
        return ""
    return phrases[0] if full or rng.random() < 0.6 else phrases[rng.integers(len(phrases))]


def article(text, terse):
    if terse or not text:
        return text
    return ("an " if text[0] in "aeiou" else "a ") + text


def garment_phrase(rng, garment, full, terse):
    words = []
    if full or rng.random() < 0.92:
        words.append(say(rng, "colour", garment["colour"], full))
    pattern = garment.get("pattern", "plain")
    if pattern != "plain" and (full or rng.random() < 0.7):
        words.insert(rng.integers(2) if words else 0, say(rng, "pattern", pattern, full))
    words.append(say(rng, "garment", garment["name"], full))
    text = " ".join(w for w in words if w)
    return text if garment["name"] in PLURAL else article(text, terse)


def hair_phrase(rng, person, full, terse):
    if person["hair_length"] == "bald":
        return "bald"
    words = []
    if full or rng.random() < 0.7:
        words.append(say(rng, "hair_length", person["hair_length"], full))
    style = person.get("hair_style", "none")
    noun = "hair"
    if style in ("ponytail", "bun", "bob", "afro"):
        if rng.random() < 0.6:
            noun = say(rng, "hair_style", style, full)
    elif not full and style != "none" and rng.random() < 0.3:
        words.append(say(rng, "hair_style", style, full))
    if full or not words or rng.random() < 0.85:
        words.append(say(rng, "hair_colour", person["hair_colour"], full))
    text = " ".join([w for w in words if w] + [noun])
    if noun != "hair":
        text = article(text, terse)
    return text if terse else "with " + text


def joined(rng, parts):
    """'a red shirt and blue trousers', 'a red shirt, blue trousers'."""
    if len(parts) < 2:
        return parts[0] if parts else ""
    glue = [" and ", ", ", " with "][rng.choice(3, p=[0.6, 0.3, 0.1])]
    return ", ".join(parts[:-1]) + glue + parts[-1]


def person_phrase(rng, person, crowd, full, terse):
    """`crowd`: how many people there are; the more, the less is said of each."""

    def chance(p):
        return rng.random() < (p if crowd == 1 else p * (0.75 if crowd == 2 else 0.5))

    adjectives = []
    if person["age"] != "adult" and (full or chance(0.55)) or chance(0.08):
        adjectives.append(say(rng, "age", person["age"], full))
    if person["build"] != "average" and (full and crowd == 1 or chance(0.45)):
        adjectives.append(say(rng, "build", person["build"], full))
    if person["height"] != "average" and not full and chance(0.25):
        adjectives.append(say(rng, "height", person["height"], full))
    if not full:
        rng.shuffle(adjectives)
    noun = say(rng, "gender", person["gender"], full)
    if not full and rng.random() < 0.06:
        noun = say(rng, "anyone", "person", full)
    head = article(" ".join([*adjectives, noun]), terse)

    worn = [g for g in person["garments"] if g["name"] not in ("shoes", "boots")]
    worn = [g for g in worn if full or rng.random() < 0.88]
    if crowd == 1 and not full and rng.random() < 0.3:
        worn += [g for g in person["garments"] if g["name"] in ("shoes", "boots")]
    if not full and rng.random() < 0.3:
        worn = worn[::-1]
    clothes = joined(rng, [garment_phrase(rng, g, full, terse) for g in worn])
    if clothes and not terse:
        clothes = ("in " if full else ["in ", "wearing ", "dressed in "][rng.choice(3, p=[0.55, 0.35, 0.1])]) + clothes
    tail = [clothes]
    if full and crowd == 1 or chance(0.6):
        tail.append(hair_phrase(rng, person, full, terse))
    if not full and chance(0.4):
        tone = say(rng, "skin", person["skin"], full)
        tail.append(f"{tone} skin" if terse else f"with {tone} skin" if rng.random() < 0.7 else f"{tone} skinned")
    if full and crowd == 1 or chance(0.45):
        tail.append(say(rng, "action", person["action"], full))
    if full or chance(0.7):
        tail.append(say(rng, "view", person["view"], full))
    tail = [t for t in tail if t]
    if not full:
        if rng.random() < 0.35:
            rng.shuffle(tail)
        if rng.random() < 0.15 and len(tail) > 1:
            tail.pop(rng.integers(len(tail)))
    separator = ", " if terse or (not full and rng.random() < 0.3) else " "
    return separator.join([head, *tail])


def scene_phrase(rng, background, full, terse):
    place, colour = background["place"], background.get("colour")
    text = say(rng, "place", place, full)
    if place in ("plain", "studio"):
        hue = say(rng, "colour", colour, full) if colour and (full or rng.random() < 0.92) else ""
        noun = "background" if place == "plain" else "studio background" if full or rng.random() < 0.5 else "studio"
        text = " ".join(w for w in (hue, noun) if w)
        before = "in" if noun == "studio" else "on" if full or rng.random() < 0.75 else "against"
        return text if terse else f"{before} {article(text, terse)}"
    if colour and place == "room" and (full or rng.random() < 0.6):
        return f"in a {say(rng, 'colour', colour, full)} room"
    return text


def caption(meta, rng, full=False):
    """`meta`: one line of the renderer's labels. `full` says everything that fits, in plain words and fixed order."""
    persons = sorted(meta["persons"], key=lambda p: sum(k[0] for k in p["keypoints"]))
    terse = not full and rng.random() < 0.25
    if not full and len(persons) > 1 and rng.random() < 0.12:
        persons = persons[: rng.integers(1, len(persons) + 1)]
    parts = [person_phrase(rng, p, len(persons), full, terse) for p in persons]
    text = (" and " if full or rng.random() < 0.7 else ", ").join(parts)
    crowd = len(meta["persons"])
    if not full and crowd > 1 and rng.random() < 0.2:
        text = f"{['two', 'three'][min(crowd, 3) - 2]} people, {text}"
    if full or rng.random() < 0.75:
        scene = scene_phrase(rng, meta["background"], full, terse)
        text = f"{scene}, {text}" if not full and rng.random() < 0.2 else f"{text}, {scene}"
    return text


def vocabulary():
    """Words by kind for the panel: {kind: {value: [phrases]}}."""
    return PHRASES
