"""The held-out poses that models are measured on.

  python -m models.training.renderer.evaluation_list make --out FILE [--first SEED] [--small]
      looks through held-out seeds until each of front, side and rear has its number of pictures of one, two and three people
  python -m models.training.renderer.evaluation_list draw --list FILE --out DIR [--mannequins]
      draws the list's own pictures into DIR and writes DIR/list.json, which names them: the ruler's ceiling is measured there;
      as mannequins (grey, no hair, no face) it tells what the ruler makes of those
"""

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

from ..captions import caption
from .produce import HELD_OUT_FROM
from .scene import SIZE, render

# People in a picture -> pictures of each view.
WANTED = {1: 20, 2: 10, 3: 10}
SMALL = {1: 2, 2: 1, 3: 1}
VIEWS = {"front": "front", "three-quarter": "front", "side": "side", "rear-three-quarter": "rear", "rear": "rear"}
# The least that a pose says: so many keypoints inside the picture, and so many pixels of height.
LEAST_KEYPOINTS = 10
LEAST_HEIGHT = 64
# The text encoder's context, without its two marks.
MOST_WORDS = 46


def may_fit(seed, wanted):
    """Looks at the first numbers that the renderer draws, to leave out most seeds before anything is rendered: how many people
    there are, and whether several look the same way."""
    rng = np.random.default_rng(seed)
    count = int(rng.choice([1, 2, 3], p=[0.6, 0.25, 0.15]))
    rng.uniform(-15, 30), rng.uniform(48, 120)
    return count in wanted and (count == 1 or rng.random() < 0.3)


def keypoint(x, y, seen):
    """1 where it is seen, 0.5 where it is in the picture but hidden, absent outside."""
    return [round(x, 1), round(y, 1), {2: 1, 1: 0.5}[seen]] if seen else [0, 0, 0]


def entry(meta):
    """An entry of the list, or None where the picture is not fit to measure on."""
    persons = sorted(meta["persons"], key=lambda p: sum(k[0] for k in p["keypoints"]))
    views = {VIEWS[p["view"]] for p in persons}
    if len(views) != 1:
        return None
    for p in persons:
        present = [k for k in p["keypoints"] if k[2]]
        if len(present) < LEAST_KEYPOINTS or max(k[1] for k in present) - min(k[1] for k in present) < LEAST_HEIGHT:
            return None
    words = caption(meta, np.random.default_rng(meta["seed"]), full=True)
    if len(words.replace(",", " , ").replace("-", " ").split()) > MOST_WORDS:
        return None
    return {
        "name": f"{len(persons)}-{views.copy().pop()}-{meta['seed']}",
        "prompt": words,
        "width": SIZE,
        "height": SIZE,
        "view": views.pop(),
        "poses": [[keypoint(*k) for k in p["keypoints"]] for p in persons],
        "garments": [[g for g in p["garments"] if g["name"] not in ("shoes", "boots")] for p in persons],
        "scene": meta["seed"],
    }


def make(out, first, counts):
    missing = {(people, view): n for people, n in counts.items() for view in ("front", "side", "rear")}
    entries, seed = [], first
    while any(missing.values()):
        wanted = {people for (people, _), n in missing.items() if n}
        if may_fit(seed, wanted):
            found = entry(render(seed).meta)
            if found and missing.get((len(found["poses"]), found["view"])):
                missing[len(found["poses"]), found["view"]] -= 1
                entries.append(found)
                print(f"{found['name']}: {sum(missing.values())} to go", flush=True)
        seed += 1
    entries.sort(key=lambda e: (len(e["poses"]), ("front", "side", "rear").index(e["view"]), e["scene"]))
    # Any first n entries are a fair share: one, two and three people, front, side and rear in turn.
    groups = {}
    for e in entries:
        groups.setdefault((len(e["poses"]), e["view"]), []).append(e)
    spread = [((i + 0.5) / len(g), k, e) for k, g in enumerate(groups.values()) for i, e in enumerate(g)]
    spread.sort(key=lambda s: s[:2])
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    Path(out).write_text("[\n" + ",\n".join(json.dumps(e, separators=(",", ":")) for _, _, e in spread) + "\n]\n")


def picture_of(e):
    """(sample, settled): the entry's picture, with its bodies set down, or as lists older than `settle.py` have them; None where the
    renderer draws neither."""
    for settled in (True, False):
        sample = render(e["scene"], settled=settled)
        found = entry(sample.meta)
        if found and found["poses"] == e["poses"]:
            return sample, settled
    return None


def draw(source, out, mannequins=False):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    entries = json.loads(Path(source).read_text())
    for e in entries:
        found = picture_of(e)
        if found is None:
            raise SystemExit(f"evaluation_list: the renderer draws seed {e['scene']} otherwise than when {source} was made; make the list again.")
        sample, settled = found
        if mannequins:  # without hair and skirts a person fills the frame a little otherwise
            sample = render(e["scene"], mannequins, settled)
            e["poses"] = entry(sample.meta)["poses"]
        e["picture"] = f"{e['name']}.png"
        Image.fromarray(sample.image).save(out / e["picture"])
    (out / "list.json").write_text("[\n" + ",\n".join(json.dumps(e, separators=(",", ":")) for e in entries) + "\n]\n")
    print(f"{len(entries)} pictures and list.json are in {out}")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = options.add_subparsers(dest="command", required=True)
    m = commands.add_parser("make")
    m.add_argument("--out", required=True)
    m.add_argument("--first", type=int, default=HELD_OUT_FROM + 500_000_000)
    m.add_argument("--small", action="store_true")
    d = commands.add_parser("draw")
    d.add_argument("--list", required=True)
    d.add_argument("--out", required=True)
    d.add_argument("--mannequins", action="store_true")
    o = options.parse_args()
    if o.command == "draw":
        draw(o.list, o.out, o.mannequins)
        return
    if o.first < HELD_OUT_FROM:
        raise SystemExit(f"evaluation_list: expected a first seed of {HELD_OUT_FROM} or above (held out), got {o.first}.")
    make(o.out, o.first, SMALL if o.small else WANTED)


if __name__ == "__main__":
    main()
