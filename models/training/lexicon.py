"""The closed vocabulary: what the renderer can draw, and the ways to say it.

PHRASES[kind][value] lists the phrases for a value of the renderer's labels, the plainest first."""

COLOURS = {
    "red": ["red"], "orange": ["orange"], "yellow": ["yellow"], "green": ["green"], "blue": ["blue"],
    "purple": ["purple", "violet"], "pink": ["pink"], "brown": ["brown"], "black": ["black"], "white": ["white"],
    "grey": ["grey", "gray"], "beige": ["beige", "cream"], "navy": ["navy", "dark blue"], "teal": ["teal", "turquoise"],
    "olive": ["olive"], "maroon": ["maroon", "dark red"], "cyan": ["cyan", "light blue"], "gold": ["gold"],
}  # fmt: skip

PHRASES = {
    "gender": {
        "man": ["man", "guy", "male"], "woman": ["woman", "lady", "female"], "person": ["person", "figure", "adult"],
    },
    "age": {"young": ["young"], "adult": ["adult", "middle aged"], "old": ["old", "elderly", "senior"]},
    "build": {
        "slim": ["slim", "thin", "slender"], "average": ["average"], "heavy": ["heavy", "stout", "large", "big"],
        "muscular": ["muscular", "athletic", "strong"], "stocky": ["stocky"],
    },
    "height": {"tall": ["tall"], "short": ["short"], "average": ["average"]},
    "hair_length": {
        "bald": ["bald", "no hair"], "shaved": ["shaved head"], "short": ["short"], "medium": ["medium", "shoulder length"], "long": ["long"],
    },
    "hair_style": {
        "straight": ["straight"], "curly": ["curly", "wavy"], "ponytail": ["ponytail"], "bun": ["bun"], "bob": ["bob"],
        "afro": ["afro"], "braid": ["braid"], "loose": ["loose"], "cap": ["cap"],
    },
    "hair_colour": {
        "black": ["black", "dark"], "brown": ["brown", "brunette"], "blond": ["blond", "blonde", "golden"],
        "red": ["red", "ginger"], "grey": ["grey", "gray"], "white": ["white"],
    },
    "skin": {
        "pale": ["pale", "fair"], "light": ["light"], "tan": ["tan", "tanned"], "medium": ["medium", "olive"], "brown": ["brown"], "dark": ["dark"],
    },
    "garment": {
        "t-shirt": ["tshirt", "short sleeved shirt", "tee"], "long-sleeved shirt": ["long sleeved shirt", "shirt"],
        "tank top": ["tank top", "sleeveless top", "vest"], "jacket": ["jacket", "coat"], "sweater": ["sweater", "jumper", "pullover"],
        "hoodie": ["hoodie"], "shirt": ["shirt", "blouse"], "top": ["top"],
        "dress": ["dress", "gown"], "long dress": ["long dress"], "short dress": ["short dress"],
        "skirt": ["skirt"], "long skirt": ["long skirt"], "short skirt": ["short skirt", "miniskirt"],
        "shorts": ["shorts"], "trousers": ["trousers", "pants"], "jeans": ["jeans", "denim"], "leggings": ["leggings", "tights"],
        "suit": ["suit"], "jumpsuit": ["jumpsuit", "overalls"], "tracksuit": ["tracksuit"],
        "shoes": ["shoes", "sneakers", "trainers"], "boots": ["boots"], "sandals": ["sandals"], "barefoot": ["barefoot", "bare feet"],
    },
    "pattern": {"plain": ["plain"], "striped": ["striped", "stripes"], "checked": ["checked", "checkered", "plaid"], "dotted": ["dotted", "spotted", "dots"]},
    "view": {
        "front": ["from the front", "front view", "facing the camera", "facing front"],
        "three-quarter": ["three quarter view", "at an angle", "half turned"],
        "side": ["from the side", "side view", "in profile"],
        "rear": ["from behind", "back view", "rear view", "from the back"],
        "rear-three-quarter": ["three quarter view from behind", "half turned away"],
    },
    "action": {
        "stand": ["standing"], "contrapposto": ["standing relaxed"], "walk": ["walking"], "run": ["running", "jogging"], "jump": ["jumping", "leaping"],
        "sit": ["sitting", "seated"], "squat": ["squatting", "crouching"], "kneel": ["kneeling"], "lunge": ["lunging"],
        "reach": ["reaching"], "wave": ["waving"], "point": ["pointing"], "dance": ["dancing"], "kick": ["kicking"],
        "yoga": ["doing yoga", "yoga pose"], "fall": ["falling"], "crawl": ["crawling"], "lie": ["lying", "lying down"],
        "bow": ["bowing", "bending"], "throw": ["throwing"], "fight": ["fighting"], "stretch": ["stretching"], "climb": ["climbing"],
    },
    "place": {},
}  # fmt: skip

GLUE = """a an the and with in on of at by from to wearing who is has his her their dressed wears hair haired skin skinned
head eyes beard , one two three people men women persons group couple next beside background backdrop picture photo
render photograph scene full body left right behind front view side back looking facing away camera against plain
bright dark light pale deep colourful solid same clothes clothing outfit colour color""".split()


def words():
    found = list(GLUE)
    for table in (*PHRASES.values(), COLOURS):
        for phrases in table.values():
            for phrase in phrases:
                found += phrase.split()
    return sorted(set(found))


WORDS = words()
