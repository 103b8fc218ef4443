"""Activities of minitown's personas."""

from __future__ import annotations

from typing import Final

# Words of an activity, its parts and its emoji. Parts name the objects that they use.
_ACTIVITIES: Final[tuple[tuple[str, tuple[str, ...], str], ...]] = (
    ("sleeping", ("lying in bed",), "😴"),
    ("breakfast", ("warming milk on the stove", "eating porridge at the dining table",
                   "drinking tea in the armchair", "washing up at the sink"), "🥣"),
    ("lunch at home", ("warming soup on the stove", "eating at the dining table",
                       "washing up at the sink"), "🍲"),
    ("picnic", ("unpacking rolls at the picnic table", "eating cherries on the bench",
                "feeding ducks at the pond", "telling jokes at the picnic table"), "🧺"),
    ("sandwiches", ("unwrapping bread at the pupil desks", "swapping apples at the pupil desks",
                    "drawing on the blackboard"), "🥪"),
    ("lunch", ("ordering at the counter", "eating soup at the long table",
               "eating a sandwich at the window table", "eating cake at the garden table",
               "chatting at the corner table"), "🥪"),
    ("dinner", ("cooking noodles on the stove", "eating at the dining table",
                "telling stories at the dining table", "washing up at the sink"), "🍝"),
    ("serving", ("brewing coffee at the counter", "wiping the window table",
                 "taking orders at the long table", "clearing the garden table",
                 "carrying plates to the corner table", "counting coins at the counter"), "☕"),
    ("cooking", ("kneading dough", "baking rolls in the oven", "stirring soup",
                 "scrubbing pots in the dish sink", "tasting the soup"), "🍲"),
    ("coffee", ("ordering at the counter", "sipping coffee at the corner table",
                "watching people from the window table", "humming beside the piano"), "☕"),
    ("piano", ("playing scales on the piano", "playing a waltz on the piano",
               "resting at the corner table", "playing a ballad on the piano"), "🎹"),
    ("selling", ("stacking the vegetable stand", "weighing carrots at the vegetable stand",
                 "taking money at the till", "filling the bread shelf",
                 "cleaning the freezer"), "🥕"),
    ("shopping", ("choosing leeks at the vegetable stand", "taking a loaf from the bread shelf",
                  "looking into the freezer", "paying at the till"), "🛒"),
    ("parcels", ("sorting the boxes", "sealing the boxes", "writing labels at the till"), "📦"),
    ("lending", ("stamping books at the information desk", "sorting the bookshelf",
                 "folding papers at the newspaper rack", "helping out at the reading table"), "📚"),
    ("studying", ("taking notes at the study desk", "reading at the reading table",
                  "searching the bookshelf", "revising at the study desk"), "📖"),
    ("reading", ("leafing through papers at the newspaper rack", "reading at the reading table",
                 "searching the bookshelf"), "📖"),
    ("teaching", ("writing on the blackboard", "explaining fractions at the blackboard",
                  "marking papers at the teacher desk", "walking past the pupil desks"), "🏫"),
    ("attending", ("listening at the pupil desks", "solving a problem at the blackboard",
                   "drawing maps at the pupil desks"), "✏️"),
    ("sewing", ("threading the sewing machine", "hemming curtains at the sewing machine",
                "cutting cloth at the teacher desk"), "🧵"),
    ("strolling", ("walking over the grass", "looking at the clouds", "walking in circles"), "🚶"),
    ("meeting friends", ("sitting on the bench", "sharing cherries at the picnic table",
                         "feeding ducks at the pond", "smelling the flower bed",
                         "playing cards at the picnic table"), "🌳"),
    ("gardening", ("weeding the flower bed", "watering the flower bed", "raking leaves",
                   "clearing weed from the pond", "painting the bench"), "🌷"),
    ("painting", ("sketching faces at the picnic table", "mixing colours at the desk",
                  "sitting still on the bench"), "🎨"),
    ("writing", ("reading yesterday's page at the desk", "writing at the desk",
                 "thinking in the armchair"), "✍️"),
    ("programming", ("reading code at the desk", "typing at the desk",
                     "thinking on the sofa"), "💻"),
    ("radio", ("tuning the radio", "listening to the radio in the armchair",
               "listening to the news on the radio"), "📻"),
    ("at home", ("sitting in the armchair", "tidying the sofa", "looking into the closet"), "🏠"),
)  # fmt: skip
_ANYTHING: Final = ("getting things ready", "carrying on", "taking a short rest", "tidying up")


def parts_and_emoji(text: str) -> tuple[tuple[str, ...], str]:
    """The parts and the emoji of the first activity of the table whose words are in a text."""
    for words, parts, emoji in _ACTIVITIES:
        if words in text:
            return parts, emoji
    for _, parts, emoji in _ACTIVITIES:
        if text in parts:
            return parts, emoji
    return _ANYTHING, "🙂"
