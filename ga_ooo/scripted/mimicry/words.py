"""Words for answers to prompts of forks, in the languages that forks are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Language:
    """Words of one language.

    Attributes:
        name: its code.
        sleep: what a persona does at night.
        day: what it does in its waking hours, in order; two hours each.
        steps: parts of any task, in order.
        yes_no: the two answers to a question.
        verb, thing: predicate and object of an event.
        state: state of an object in use.
        greetings, replies, farewells: lines of a conversation; ``{}`` is a topic.
        topic: what conversations are about.
        thoughts: sentences that fit after any name.
        questions: questions worth asking.
        sentences: answers to anything else.
    """

    name: str
    sleep: str
    day: tuple[str, ...]
    steps: tuple[str, ...]
    yes_no: tuple[str, str]
    verb: str
    thing: str
    state: str
    greetings: tuple[str, ...]
    replies: tuple[str, ...]
    farewells: tuple[str, ...]
    topic: str
    thoughts: tuple[str, ...]
    questions: tuple[str, ...]
    sentences: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


ENGLISH: Final = Language(
    name="en",
    sleep="sleeping",
    day=_words(
        "getting up and having breakfast|working on the plan of the day"
        "|finishing what was begun|having lunch|taking a walk|meeting neighbors|having dinner"
        "|relaxing at home"
    ),
    steps=_words(
        "getting everything ready|starting with the first part|working on the main part"
        "|checking the result|taking a short break|tidying up afterwards"
    ),
    yes_no=("yes", "no"),
    verb="do",
    thing="something",
    state="in use",
    greetings=_words(
        "Good to see you! Have you heard about {}?|Hello! I was just thinking about {}."
    ),
    replies=_words("Yes, I have been thinking about {} as well.|Tell me more about {}."),
    farewells=_words("I have to go now. See you soon!|Let us talk about {} another time. Goodbye!"),
    topic="the weekend",
    thoughts=_words("likes to plan the day|enjoys the company of others|finds joy in small tasks"),
    questions=_words(
        "What matters most at the moment?|Who is worth meeting again?|What comes next?"
    ),
    sentences=_words(
        "It is an ordinary day and all is well.|There is nothing out of the ordinary to report."
        "|Everything goes on as planned."
    ),
)
CHINESE: Final = Language(
    name="zh",
    sleep="睡覺",
    day=_words("起床並吃早餐|處理今天的工作|繼續完成工作|吃午餐|散步|與鄰居見面|吃晚餐|在家休息"),
    steps=_words("準備需要的東西|開始第一部分|進行主要的部分|檢查結果|稍作休息|整理收拾"),
    yes_no=("是", "否"),
    verb="進行",
    thing="活動",
    state="使用中",
    greetings=_words("很高興見到你！你聽說{}了嗎？|你好！我剛才正在想{}。"),
    replies=_words("是的，我也一直在想{}。|再多告訴我一些關於{}的事吧。"),
    farewells=_words("我得走了，下次見！|我們下次再聊{}吧，再見！"),
    topic="週末的事",
    thoughts=_words("喜歡安排一天的計劃|樂於與人相處|在小事中感到快樂"),
    questions=_words("目前最重要的是什麼？|誰值得再次見面？|接下來會發生什麼？"),
    sentences=_words("今天是平常的一天，一切都好。|沒有什麼特別的事情。|一切按計劃進行。"),
)
JAPANESE: Final = Language(
    name="ja",
    sleep="寝ている",
    day=_words(
        "起きて朝食を食べる|今日の仕事をする|仕事を続ける|昼食を食べる|散歩する|近所の人に会う"
        "|夕食を食べる|家でくつろぐ"
    ),
    steps=_words(
        "必要な物を準備する|最初の部分を始める|主な部分を進める|結果を確認する|少し休憩する"
        "|片付ける"
    ),
    yes_no=("はい", "いいえ"),
    verb="する",
    thing="活動",
    state="使用中",
    greetings=_words(
        "こんにちは。{}について聞きましたか？"
        "|会えてうれしいです。ちょうど{}のことを考えていました。"
    ),
    replies=_words("はい、私も{}について考えていました。|{}についてもっと教えてください。"),
    farewells=_words(
        "そろそろ行かなければなりません。また会いましょう。"
        "|{}についてはまた話しましょう。さようなら。"
    ),
    topic="週末",
    thoughts=_words(
        "一日の計画を立てるのが好きだ|人と過ごすのを楽しんでいる|小さなことに喜びを感じる"
    ),
    questions=_words("今いちばん大切なことは何か？|誰にまた会いたいか？|次に何が起こるか？"),
    sentences=_words(
        "いつもどおりの一日で、すべて順調です。|特に変わったことはありません。"
        "|すべて予定どおりです。"
    ),
)
KOREAN: Final = Language(
    name="ko",
    sleep="잠자기",
    day=_words(
        "일어나서 아침 먹기|오늘의 일 하기|일 계속하기|점심 먹기|산책하기|이웃 만나기|저녁 먹기"
        "|집에서 쉬기"
    ),
    steps=_words(
        "필요한 것 준비하기|첫 부분 시작하기|주요 부분 진행하기|결과 확인하기|잠시 쉬기|정리하기"
    ),
    yes_no=("예", "아니오"),
    verb="하다",
    thing="활동",
    state="사용 중",
    greetings=_words(
        "안녕하세요. {} 소식 들었어요?|만나서 반가워요. 마침 {} 생각을 하고 있었어요."
    ),
    replies=_words("네, 저도 {} 생각을 하고 있었어요.|{}에 대해 더 말해 주세요."),
    farewells=_words("이제 가 봐야 해요. 또 봐요!|{} 이야기는 다음에 또 해요. 안녕히 계세요!"),
    topic="주말",
    thoughts=_words(
        "하루를 계획하는 것을 좋아한다|다른 사람과 함께하는 것을 즐긴다|작은 일에서 기쁨을 찾는다"
    ),
    questions=_words(
        "지금 가장 중요한 것은 무엇인가?|누구를 다시 만날 만한가?|다음에는 무슨 일이 있을까?"
    ),
    sentences=_words(
        "평범한 하루이고 모두 잘 지냅니다.|특별한 일은 없습니다.|모든 것이 계획대로입니다."
    ),
)
SPANISH: Final = Language(
    name="es",
    sleep="durmiendo",
    day=_words(
        "levantándose y desayunando|trabajando en el plan del día|terminando lo empezado"
        "|almorzando|dando un paseo|visitando a los vecinos|cenando|descansando en casa"
    ),
    steps=_words(
        "preparando lo necesario|empezando con la primera parte|trabajando en lo principal"
        "|revisando el resultado|tomando un breve descanso|recogiendo todo"
    ),
    yes_no=("sí", "no"),
    verb="hacer",
    thing="algo",
    state="en uso",
    greetings=_words(
        "¡Me alegro de verte! ¿Has oído algo de {}?|¡Hola! Justo estaba pensando en {}."
    ),
    replies=_words("Sí, yo también he pensado en {}.|Cuéntame más de {}."),
    farewells=_words("Tengo que irme. ¡Hasta pronto!|Hablemos de {} otro día. ¡Adiós!"),
    topic="el fin de semana",
    thoughts=_words(
        "le gusta planear el día|disfruta de la compañía|se alegra con las tareas pequeñas"
    ),
    questions=_words(
        "¿Qué es lo más importante ahora?|¿A quién vale la pena volver a ver?|¿Qué viene después?"
    ),
    sentences=_words(
        "Es un día normal y todo va bien.|No hay nada especial que contar."
        "|Todo va según lo previsto."
    ),
)
