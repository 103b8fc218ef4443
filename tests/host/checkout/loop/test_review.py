"""Every statement of a fork's loop is the original's, harmless, done by the engine, or refused."""

from __future__ import annotations

import ast

import pytest

from ga_ooo.host.checkout.loop.review import LoopReview, review_loop
from tests.host.tinyhost import REVERIE

AFTER_FILE = 'write_json(f"{sim_folder}/movement/{self.step}.json", movements)'


def review(old: str = "", new: str = "") -> LoopReview:
    """The review of the tiny host's loop with one text replaced."""
    assert old in REVERIE
    found = review_loop(ast.parse(REVERIE.replace(old, new, 1) if old else REVERIE))
    assert found is not None
    return found


def test_the_loop_as_it_is() -> None:
    found = review()
    assert found.is_exact
    assert found.methods == ("answer_mail",)
    assert found.each_step == ()
    assert review_loop(ast.parse("class ReverieServer: pass")) is None


@pytest.mark.parametrize(
    "statement",
    [
        "print(self.step, new_tile)",
        "count = len(self.personas) + 1",
        "note = {}; note['a'] = self.step; note['a'] += 1",
        "logger.info('step %s', self.step)",
        "if self.step % 10 == 0: print('ten')",
        "to = f'{sim_folder}/movement'\n        if not os.path.exists(to): os.mkdir(to)",
        "to = os.path.dirname(curr_move_file)\n        if not os.path.exists(to): os.makedirs(to)",
        "for name in self.personas: print(name)",
        "tiles = {}; tiles[self.step] = {}; tiles[self.step]['a'] = len(self.personas)",
        "total = 0; total += len(self.personas); print(json.dumps({'total': total}))",
    ],
)
def test_harmless_statements(statement: str) -> None:
    assert review("self.step += 1", f"{statement}\n        self.step += 1").is_exact


IN_PLACE = [
    "self.save()",
    "if self.step % 10 == 0: self.save()",
    "if self.step < 0: pass\n        else: self.save()",
    "self.weather.change(1)",
    "print(self.tally())",
    "for p in self.personas.values(): p.scratch.chat = None",
    "open('log.txt', 'a').write(sim_folder)",
    "with open('log.txt', 'a') as f: f.write('x')",
    "print(self.queue.get())",
    "for persona in self.personas.values(): persona.scratch.chat = None",
    "self.note({persona_name: 1 for persona_name in self.personas})",
]
"""Statements that use nothing of the loop but the server."""


@pytest.mark.parametrize("statement", IN_PLACE)
def test_statements_that_run_in_their_place(statement: str) -> None:
    found = review("self.step += 1", f"{statement}\n        self.step += 1")
    assert found.is_exact and found.at_the_end.after_count == ()
    assert len(found.at_the_end.before_count) == 1
    found = review("int_counter -= 1", f"int_counter -= 1\n        {statement}")
    assert found.is_exact and found.at_the_end.before_count == ()
    assert len(found.at_the_end.after_count) == 1
    # Before the moves, the events of objects are the loop's own business.
    found = review("movements =", f"{statement}\n        movements =")
    assert not found.is_exact and not found.at_the_end


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("movements['meta']['day'] = 1", "movements['meta']['day'] = 1"),
        ("if self.step > 100: break", "break"),
        ("int_counter -= 1; int_counter += 1", "int_counter += 1"),
        ("known = self.personas; known['a'] = 1", "known['a'] = 1"),
        ("known = self.names; known += ['a']", "known += ['a']"),
        ("self.step += 1", "self.step += 1"),
        ("self.personas_tile['a'] = (1, 1)", "self.personas_tile['a'] = (1, 1)"),
        ("self.log(new_env)", "self.log(new_env)"),
        ("day = 1; self.log(day)", "self.log(day)"),
        ("self.log(persona)", "self.log(persona)"),
        ("for persona in []: pass\n        self.log(persona_name)", "self.log(persona_name)"),
        ("os.remove(f'{sim_folder}/environment/1.json')",) * 2,
        ("try: pass\n        except: return", "return"),
        ("def log(): self.save()\n        log()", "self.save()"),
        ("to = os.path.dirname(new_env); os.mkdir(to)", "os.mkdir(to)"),
        ("to = f'{sim_folder}/movement'; to = f'{sim_folder}/a'; os.mkdir(to)", "os.mkdir(to)"),
        ("with self.lock: self.step += 1\n        self.step -= 1", "self.step -= 1"),
    ],
)
def test_statements_that_are_refused(statement: str, line: str) -> None:
    found = review("self.step += 1", f"{statement}\n        self.step += 1")
    assert line in [each.source for each in found.refused]
    assert not found.is_exact


def test_a_statement_for_errors_of_the_loop() -> None:
    body = REVERIE.partition("        self.step += 1\n")
    count = (
        "        try:\n          self.step += 1\n        except OSError:\n          self.save()\n"
    )
    found = review_loop(ast.parse(body[0] + count + body[2]))
    assert found is not None and [each.source for each in found.refused] == ["self.save()"]


@pytest.mark.parametrize("way", ["int_counter <= 0", "int_counter < 1"])
def test_ways_to_end_after_the_last_step(way: str) -> None:
    assert review("int_counter == 0", way).is_exact
    assert not review("int_counter == 0", "int_counter <= 1").is_exact


@pytest.mark.parametrize(
    ("handler", "is_exact"),
    [("print('failed')\nbreak", True), ("raise", True), ("self.save()\nbreak", False)],
)
def test_a_turn_that_ends_the_run_where_a_move_fails(handler: str, is_exact: bool) -> None:
    module = ast.parse(REVERIE)
    (loop,) = (node for node in ast.walk(module) if isinstance(node, ast.While))
    caught = ast.ExceptHandler(ast.Name("Exception"), None, ast.parse(handler).body)
    (turn,) = (node for node in loop.body if "persona.move(" in ast.unparse(node))
    loop.body[loop.body.index(turn)] = ast.Try([turn], [caught], [], [])
    found = review_loop(ast.parse(ast.unparse(ast.fix_missing_locations(module))))
    assert found is not None and found.is_exact is is_exact


def test_the_variables_of_a_loop_around() -> None:
    again = "for persona_name, persona in self.personas.items(): print(persona_name)"
    found = review('movements["persona"]', f'{again}\n          movements["persona"]')
    assert [each.line for each in found.refused] == [found.refused[0].line]
    assert "for persona_name" in found.refused[0].source


def test_work_of_the_original_in_another_order() -> None:
    count = "self.step += 1\n        "
    head, _, tail = REVERIE.partition(count)
    moved = head.replace('movements["meta"]', count + 'movements["meta"]') + tail
    found = review_loop(ast.parse(moved))
    assert found is not None and not found.is_exact
    found = review('movements["persona"][persona_name] =', "break\n          movements['x'] =")
    assert "break" in [each.source for each in found.refused]


def test_a_statement_between_the_moves() -> None:
    found = review('movements["persona"]', 'persona.mood = 1\n          movements["persona"]')
    assert [each.source for each in found.refused] == ["persona.mood = 1"]
    found = review('movements["persona"]', 'persona = self.first\n          movements["persona"]')
    assert [each.source for each in found.refused] == ["persona = self.first"]


def test_work_of_the_original_that_is_missing_or_conditional() -> None:
    found = review("self.maze.remove_event_from_tile(blank, new_tile)", "pass")
    assert found.missing == ("idle events are removed",)
    found = review("self.step += 1", "if self.step < 9: self.step += 1")
    assert "the step is counted" in found.missing and not found.is_exact


def test_a_method_without_requests_is_called_between_all_steps() -> None:
    found = review("self.answer_mail()", "self.answer_mail()\n      self.save()")
    assert found.is_exact
    assert found.methods == ("answer_mail", "save")
    assert found.each_step == ("save",)


def test_work_under_a_flag_that_is_off() -> None:
    text = REVERIE.replace(
        "def __init__(self, origin, target):", "def __init__(self, a, mqtt=False):"
    )
    text = text.replace("self.sim_code = target", "self.mqtt = mqtt; self.headless = False")
    under = (
        "if self.mqtt and self.step: send(movements)\n        if self.headless: write(env)\n"
        "        if slow: wait()"
    )
    text = text.replace("int_counter):", "int_counter, slow=False):")
    found = review_loop(
        ast.parse(text.replace("self.step += 1", f"{under}\n        self.step += 1"))
    )
    assert found is not None and found.is_exact
    assert {name: len(lines) for name, lines in found.flags.items()} == {"mqtt": 1}
    for more in ("if self.mqtt: pass\n        else: save(movements)", "if slow: save(new_env)"):
        worse = text.replace("self.step += 1", f"{more}\n        self.step += 1")
        found = review_loop(ast.parse(worse))
        assert found is not None and found.is_exact == more.startswith("if slow")
    more = "if self.headless: save(movements)"
    found = review_loop(ast.parse(text.replace("self.step +=", f"{more}\n        self.step +=")))
    assert found is not None and [each.source for each in found.refused] == ["save(movements)"]


def test_helper_methods_are_followed() -> None:
    head, _, rest = REVERIE.partition("        movements = ")
    inner, _, tail = rest.partition("        int_counter -= 1")
    method = "  def helper(self, environment, cleanup):\n    movements = " + inner.replace(
        "\n    ", "\n"
    )
    method = "\n".join(method.splitlines())
    text = (
        f"{head}        self.helper(new_env, game_obj_cleanup)\n        int_counter -= 1{tail}"
    ).replace("  def answer_mail", f"{method}\n\n  def answer_mail", 1)
    text = text.replace(
        'movements["meta"]', 'sim_folder = f"{fs_storage}/{self.sim_code}"; movements["meta"]'
    )
    found = review_loop(ast.parse(text))
    assert found is not None and found.is_exact, found


def test_helper_methods_without_moves_are_followed() -> None:
    head, _, rest = REVERIE.partition("        for event, tile in game_obj_cleanup")
    inner, _, tail = rest.partition("        game_obj_cleanup = {}\n")
    method = f"  def reset(self, used):\n    for event, tile in used{inner}".replace("\n    ", "\n")
    method = method.replace("\n    self.maze", "\n      self.maze").replace("\nfor", "\n    for")
    text = f"{head}        self.reset(game_obj_cleanup)\n        game_obj_cleanup = {{}}\n{tail}"
    text = text.replace("  def answer_mail", f"{method}\n  def answer_mail", 1)
    found = review_loop(ast.parse(text))
    assert found is not None and found.is_exact, found
