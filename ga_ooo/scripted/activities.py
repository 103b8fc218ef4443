"""Activities: one table from which schedules, places, objects and emojis are chosen.

An activity is recognised by words in its description; the first matching entry counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Activity:
    """A kind of activity.

    Attributes:
        name: its name, for readers and tests.
        words: lower-case texts; a description with one of them is of this kind.
        emoji: short enough for the host, which keeps three characters.
        steps: its parts, in a sensible order.
        venues: words in the name of a place for it; empty if it is done at home.
        rooms: words in the name of a room, best first.
        objects: words in the name of an object, best first.
    """

    name: str
    words: tuple[str, ...]
    emoji: str
    steps: tuple[str, ...]
    venues: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|")) if text else ()


def _activity(
    name: str, words: str, emoji: str, steps: str, *, at: str = "", rooms: str = "", uses: str = ""
) -> Activity:
    return Activity(
        name, _split(words), emoji, _split(steps), _split(at), _split(rooms), _split(uses)
    )


_BEDROOM = "bedroom|'s room|main room"
_LIVING = "common room|main room|living|'s room|bedroom"
_DESK = "desk|computer|table|library|shelf|seating"

ACTIVITIES = (
    _activity(
        "sleep", "sleeping|slept in|asleep|going to bed|lying in bed|fast asleep", "😴",
        "changing into pajamas|lying down|reading a few pages|turning off the light",
        rooms=_BEDROOM, uses="bed",
    ),
    _activity(
        "talk", "conversing about|chatting with|talking with|conversation with", "💬",
        "greeting the other|sharing news|listening to the story|asking a question|saying goodbye",
        rooms=_LIVING, uses="seating|sofa|table",
    ),
    _activity(
        "wash", "shower|brushing|washing up|bathroom|toilet|washing her face|washing his face"
        "|washing face|freshening up|getting dressed|grooming", "🚿",
        "using the bathroom|brushing teeth|taking a shower|drying off|combing hair",
        rooms="bathroom", uses="shower|bathroom sink|toilet",
    ),
    _activity(
        "morning", "morning routine|waking up|getting ready for the day|getting out of", "🌅",
        "waking up and stretching|using the bathroom|brushing teeth|taking a shower"
        "|getting dressed|making the bed|tidying the room|checking the calendar"
        "|opening the window for fresh air|planning the day",
        rooms="bathroom|bedroom|'s room|main room", uses="bathroom sink|shower|closet|bed",
    ),
    _activity(
        "counter", "customer|counter|opening the|closing the|restock|cash register|inventory"
        "|taking orders|the shift|welcoming guests|welcoming regulars|behind the bar", "🛎️",
        "unlocking the door and turning on the lights|wiping down the counter"
        "|restocking the shelves|greeting the first customers|taking orders|serving customers"
        "|making small talk with a regular|checking the inventory|counting the cash register"
        "|answering a question from a customer|cleaning up spills|arranging the display"
        "|preparing the next order|writing down what to reorder|taking a short break",
        at="cafe|pub|bar|store|market|pharmacy|shop",
        rooms="cafe|pub|store|shop", uses="behind|counter|shelf",
    ),
    _activity(
        "lesson", "attending class|the class|class exercises|classes|lecture|teaching|seminar"
        "|lesson|students|grading|blackboard", "🏫",
        "finding a seat and unpacking|listening to the introduction|taking notes"
        "|asking a question about the material|working through an example"
        "|discussing the topic in a group|copying the blackboard|reviewing the homework"
        "|solving a practice problem|summarizing the main points|packing up the notes"
        "|taking a short break in the hallway",
        at="college|school|gymnasium|university|classroom", rooms="classroom|library",
        uses="classroom student seating|classroom podium|blackboard|library table",
    ),
    _activity(
        "breakfast", "breakfast|coffee|toast", "🍳",
        "getting ingredients out of the refrigerator|brewing a cup of coffee|toasting some bread"
        "|frying an egg|setting the table|eating breakfast|reading the news while eating"
        "|washing the dishes",
        rooms="kitchen|main room|common room|cafe|'s room|bedroom",
        uses="cooking area|refrigerator|toaster|table|kitchen sink|seating|desk",
    ),
    _activity(
        "lunch", "lunch|snack|brunch|sandwich", "🥪",
        "looking over the menu|choosing something to eat|sitting down with a sandwich"
        "|eating lunch|having a drink|chatting with whoever is around|clearing the table"
        "|taking a moment to relax",
        rooms="cafe|kitchen|common room|main room",
        uses="customer seating|seating|cooking area|table|refrigerator|desk",
    ),
    _activity(
        "dinner", "dinner|supper|cooking|meal", "🍝",
        "deciding what to cook|chopping vegetables|cooking pasta|tasting the sauce"
        "|setting the table|eating dinner|talking about the day over dinner"
        "|washing the dishes|putting away the leftovers",
        rooms="kitchen|cafe|common room|main room",
        uses="cooking area|table|refrigerator|kitchen sink|seating|desk",
    ),
    _activity(
        "pub", "pub|bar |drink with|beer|cocktail", "🍻",
        "ordering a drink|sitting down with the drink|listening to the music"
        "|talking with the people at the next table|playing a round of darts"
        "|watching the game|trying the drink of the day|paying the bill",
        at="pub|bar|tavern", rooms="pub|bar", uses="customer seating|seating|microphone",
    ),
    _activity(
        "walk", "walk|jog|going for a run|garden|park|stroll|flowers|run around", "🌳",
        "putting on comfortable shoes|walking along the path|looking at the flowers"
        "|sitting down on a bench|enjoying the fresh air|greeting people who pass by"
        "|taking a picture of the trees|walking a second round|stretching on the lawn"
        "|heading back slowly",
        at="park|garden|plaza|beach", rooms="park|garden", uses="garden|bench|lawn",
    ),
    _activity(
        "shopping", "groceries|shopping|buying|errand|picking up supplies", "🛒",
        "writing a shopping list|walking along the shelves|comparing prices"
        "|asking where to find something|picking what looks fresh|paying at the counter"
        "|packing the bags",
        at="market|store|pharmacy|shop", rooms="store|market|supply",
        uses="grocery store shelf|shelf|store counter|counter",
    ),
    _activity(
        "stream", "streaming|twitch|gaming|video game|game console|playing games", "🎮",
        "setting up the stream|greeting the viewers|starting the first match"
        "|commenting on the game|answering the chat|trying a new strategy|finishing the level"
        "|taking a short break from the screen|replaying a hard part|thanking the subscribers"
        "|ending the stream|editing the highlights",
        rooms="'s room|bedroom|main room|common room", uses="game console|computer|desk|sofa",
    ),
    _activity(
        "exercise", "exercis|workout|training|push-ups|football|yoga|sport", "🏋️",
        "warming up|stretching|doing push-ups|lifting weights|running on the spot"
        "|doing sit-ups|drinking some water|holding a plank|cooling down|writing the training log",
        rooms="'s room|bedroom|main room|garden", uses="lifting weight|bed|closet|garden",
    ),
    _activity(
        "music", "music|guitar|piano|compos|song|melody|harp", "🎵",
        "tuning the instrument|playing scales|listening to a recording for ideas"
        "|sketching a melody|trying a new chord progression|writing down the theme"
        "|revising the second part|playing the piece from the start|recording a take"
        "|marking what to fix tomorrow",
        rooms="'s room|bedroom|common room|main room", uses="piano|guitar|harp|desk|computer|bed",
    ),
    _activity(
        "art", "paint|sculpt|photograph|exhibition|animation|drawing|sketch|illustrat|solo show"
        "|art project|art series", "🎨",
        "preparing the materials|looking through reference pictures|sketching a first idea"
        "|mixing the colors|working on the background|refining the details"
        "|stepping back to look at the whole|trying another composition|cleaning the brushes"
        "|taking pictures of the progress|writing notes for the next session|choosing a frame",
        rooms="'s room|main room|bedroom|common room", uses="easel|painting|desk|computer|closet",
    ),
    _activity(
        "perform", "improv|comedy|acting|web series|podcast|rehears|episode", "🎭",
        "reading through the script|warming up the voice|rehearsing the opening scene"
        "|filming a short take|watching the recording|rewriting a joke|trying another accent"
        "|planning the next episode|writing messages to the crew|editing the sound",
        rooms="'s room|common room|bedroom", uses="microphone|computer|desk|sofa",
    ),
    _activity(
        "code", "mobile app|coding|programming|software|debug|website|online shop", "💻",
        "reading the open issues|sketching the screen on paper|writing the first function"
        "|running the tests|fixing a bug|looking up the documentation|testing on the phone"
        "|reviewing yesterday's changes|writing the release notes|planning the next feature",
        rooms="main room|'s room|common room", uses="computer|desk",
    ),
    _activity(
        "write", "writing|novel|book series|poem|poetry|draft|manuscript|comic|essay|chapter", "✍️",
        "rereading yesterday's pages|outlining the next scene|writing a first paragraph"
        "|looking for the right word|writing another page|reading the text aloud"
        "|cutting what does not work|checking a fact|making notes about a character"
        "|revising the ending|saving the draft|taking a short break to think",
        rooms="'s room|main room|bedroom|library|common room", uses=_DESK,
    ),
    _activity(
        "study", "study|research|thesis|library|exam|homework|paper|math|physics|textbook"
        "|reading up|tax|review|notes", "📚",
        "gathering the books|reading a chapter|taking notes|highlighting key passages"
        "|checking the references|working through a problem|writing a summary"
        "|comparing two sources|discussing an idea|sorting the notes|planning the next section"
        "|looking up an article|taking a short break",
        rooms="library|'s room|main room|bedroom|common room",
        uses="library table|desk|bookshelf|computer|library sofa|classroom",
    ),
    _activity(
        "read", "reading|a book|newspaper|magazine", "📖",
        "choosing a book|finding a quiet seat|reading a chapter|thinking about the story"
        "|reading on|marking a passage|putting the book away",
        rooms=_LIVING + "|cafe|library", uses="sofa|bookshelf|shelf|bed|seating|desk",
    ),
    _activity(
        "tidy", "clean|laundry|tidy|chores|plants|housework|dishes|dusting|vacuum", "🧹",
        "sorting the laundry|starting the washing|dusting the shelves|sweeping the floor"
        "|wiping the table|watering the plants|putting things away|taking out the trash"
        "|folding the clothes",
        rooms="kitchen|common room|main room|'s room", uses="closet|shelf|kitchen sink|table",
    ),
    _activity(
        "rest", "watching tv|relax|winding down|unwind|movie|break|rest|evening|housemate|family"
        "|husband|wife|friends|scrolling|texting", "🛋️",
        "putting on something comfortable|making a cup of tea|sitting down on the sofa"
        "|watching an episode of a show|listening to some music|scrolling through messages"
        "|calling a friend|playing a quiet card game|looking back on the day"
        "|stretching a little|laying out clothes for tomorrow|dimming the lights",
        rooms=_LIVING, uses="sofa|bed|table|game console|desk|shelf",
    ),
)  # fmt: skip

OTHER = _activity(
    "other", "", "🙂",
    "getting everything ready|looking over the plan|starting with the first part"
    "|working on the main part|asking for advice|checking the result|making a few changes"
    "|taking a short break|finishing what is left|tidying up afterwards",
    rooms=_LIVING, uses=_DESK,
)  # fmt: skip


def _by_step() -> dict[str, Activity]:
    """Activities by their steps, without steps that more than two activities share."""
    owners: dict[str, list[Activity]] = {}
    for activity in ACTIVITIES:
        for step in activity.steps:
            owners.setdefault(step, []).append(activity)
    return {step: found[0] for step, found in owners.items() if len(found) <= 2}


_BY_STEP = _by_step()


@lru_cache(maxsize=16_384)
def classify(description: str) -> Activity:
    """The activity of a description; ``OTHER`` if none of its words is known."""
    step = _BY_STEP.get(description)
    if step is not None:
        return step
    text = description.lower() + " "
    for activity in ACTIVITIES:
        if any(word in text for word in activity.words):
            return activity
    return OTHER


def split_action(action: str) -> tuple[str, str]:
    """The two parts of an action of the host, ``task (subtask)``; equal if it has one part."""
    if "(" not in action:
        return action.strip(), action.strip()
    task, subtask = action.split("(", 1)
    return task.strip(), subtask.rsplit(")", 1)[0].strip()
