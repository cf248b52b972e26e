"""The closed vocabulary: what the renderer can draw, and the ways to say it.

PHRASES[kind][value] lists the phrases for a value of the renderer's labels, the plainest first."""

PHRASES = {
    "gender": {"man": ["man", "guy", "gentleman", "male"], "woman": ["woman", "lady", "female"]},
    "anyone": {"person": ["person", "figure", "someone"]},
    "age": {"young": ["young"], "adult": ["adult", "middle aged"], "old": ["old", "elderly", "senior"]},
    "build": {
        "slim": ["slim", "thin", "slender"], "average": ["average"], "heavy": ["heavy", "stout", "big", "fat"],
        "muscular": ["muscular", "athletic", "strong"],
    },
    "height": {"short": ["small", "short"], "average": ["average"], "tall": ["tall"]},
    "skin": {
        "pale": ["pale", "fair"], "light": ["light"], "tan": ["tan", "tanned"], "brown": ["brown"], "dark": ["dark", "black"],
    },
    "hair_length": {"bald": ["bald"], "short": ["short"], "medium": ["medium", "shoulder length"], "long": ["long"]},
    "hair_style": {
        "straight": ["straight"], "curly": ["curly", "wavy"], "afro": ["afro"], "bob": ["bob"], "loose": ["loose"],
        "ponytail": ["ponytail"], "bun": ["bun"],
    },
    "hair_colour": {
        "black": ["black", "dark"], "brown": ["brown", "brunette"], "blond": ["blond", "blonde", "golden"],
        "red": ["red", "ginger"], "grey": ["grey", "gray"], "white": ["white"],
    },
    "garment": {
        "t-shirt": ["t-shirt", "tee", "short sleeved shirt"], "long-sleeved shirt": ["long-sleeved shirt", "shirt", "top"],
        "tank top": ["tank top", "sleeveless top", "vest"], "jacket": ["jacket", "coat"], "sweater": ["sweater", "jumper", "pullover"],
        "short dress": ["short dress", "dress"], "dress": ["dress"], "long dress": ["long dress", "gown", "dress"],
        "short skirt": ["short skirt", "miniskirt", "skirt"], "skirt": ["skirt"], "long skirt": ["long skirt", "skirt"],
        "shorts": ["shorts"], "trousers": ["trousers", "pants"], "jeans": ["jeans"], "leggings": ["leggings", "tights"],
        "shoes": ["shoes", "sneakers"], "boots": ["boots"],
    },
    "pattern": {
        "plain": ["plain"], "striped": ["striped"], "checked": ["checked", "checkered", "plaid"],
        "dotted": ["dotted", "spotted"],
    },
    "colour": {
        "red": ["red"], "orange": ["orange"], "yellow": ["yellow"], "green": ["green"], "blue": ["blue"],
        "purple": ["purple", "violet"], "pink": ["pink"], "brown": ["brown"], "black": ["black"], "white": ["white"],
        "grey": ["grey", "gray"], "beige": ["beige", "cream"], "navy": ["navy", "dark blue"], "teal": ["teal"],
        "olive": ["olive"], "maroon": ["maroon", "dark red"], "cyan": ["cyan", "turquoise", "light blue"],
    },
    "view": {
        "front": ["from the front", "front view", "facing the camera"],
        "three-quarter": ["three-quarter view", "half turned"],
        "side": ["from the side", "side view", "in profile"],
        "rear-three-quarter": ["three-quarter rear view", "half turned away"],
        "rear": ["from behind", "rear view", "back view", "from the back"],
    },
    "action": {
        "stand": ["standing"], "contrapposto": ["standing relaxed", "standing"], "walk": ["walking"], "run": ["running", "jogging"],
        "jump": ["jumping", "leaping"], "sit": ["sitting", "seated"], "squat": ["squatting", "crouching"], "kneel": ["kneeling"],
        "lunge": ["lunging"], "reach": ["reaching"], "wave": ["waving"], "point": ["pointing"], "dance": ["dancing"],
        "kick": ["kicking"], "yoga": ["doing yoga", "yoga"], "warrior": ["warrior pose", "yoga"], "fall": ["falling"],
        "crawl": ["crawling"], "lie": ["lying", "lying down"], "hands on hips": ["hands on hips"],
        "arms crossed": ["arms crossed"], "arms up": ["arms up", "arms raised"], "t-pose": ["arms wide"], "bow": ["bowing", "bending"],
        "throw": ["throwing"], "stretch": ["stretching"], "fight": ["fighting", "boxing"], "climb": ["climbing"],
        "handstand": ["handstand"],
    },
    "place": {
        "plain": ["plain background", "background"], "studio": ["studio"], "grass": ["on grass", "in a meadow", "grass and sky"],
        "beach": ["on a beach", "by the sea", "beach"], "night city": ["in a city at night", "night city"],
        "room": ["in a room", "indoors"], "snow": ["in the snow", "snow"], "desert": ["in the desert", "desert"],
        "sunset": ["at sunset", "sunset"], "forest": ["in a forest", "forest", "woods"], "street": ["on a street", "street", "in the city"],
    },
}  # fmt: skip

GLUE = """a an the and with in on of at by to wearing who is has hair haired skin skinned dressed , one two three people
men women persons group couple next beside against photo picture render""".split()


def words():
    found = list(GLUE)
    for table in PHRASES.values():
        for phrases in table.values():
            for phrase in phrases:
                found += phrase.replace("t-shirt", "tshirt").replace("-", " ").split()
    return sorted(set(found))


WORDS = words()
