"""Small texts in six languages, and small real tokenizers of every kind that know only English."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

State = dict[str, Any]

ENGLISH = """\
The old baker opens his shop before the sun comes up.
Every morning she walks her dog along the river.
My neighbor grows tomatoes and beans behind the house.
We drank coffee in the café near the railway station.
The train to the coast leaves at seven in the evening.
He forgot his umbrella and came home completely wet.
Our teacher told us a story about a clever fox.
The children are playing football in the garden.
A letter from my grandmother arrived yesterday.
They painted the kitchen yellow and the door green.
I have never seen so many birds on one tree.
The doctor said that I should sleep more.
She reads a book every week and writes about it.
The bridge was closed because of the strong wind.
Bread, butter and cheese are on the table.
Snow fell all night and the roads are white.
His brother works as a carpenter in a small village.
The museum shows pictures of the old harbor.
You can buy fresh fish at the market on Friday.
The baby laughed when the cat jumped off the chair.
It takes two hours to climb that mountain.
The students asked many questions after the lesson.
We planted an apple tree in front of the school.
The music was so loud that nobody could talk.
She has lived in this city for twenty years.
The farmer sold his horse and bought a tractor.
Please close the window, it is getting cold.
The moon was bright and we could see the lake.
He learned to swim when he was five years old.
The library is open from nine until six.
Her sister sings in a choir every Thursday.
The soup needs a little more salt and pepper.
A man with a red hat was waiting at the corner.
The bus was late again, so we went on foot.
I would like to visit my cousin in the summer.
The clock on the tower stopped at noon.
They found an old coin under the floor.
The nurse brought him a glass of water.
Many people lost their keys in the sand.
The waiter forgot to bring the second plate.
Rain is good for the fields but bad for the picnic.
The wind carried the smell of the sea into town.
She keeps her letters in a wooden box.
The film was long, but the ending was beautiful.
We heard the bells from the other side of the valley.
The boys built a boat out of paper and wood.
There is a new bridge over the canal.
The shop sells shoes, coats and leather bags.
He answered the telephone and wrote down the number.
The sun sets late in the month of June.
The gardener waters the roses in the evening.
My father repaired the bicycle in the cellar.
The judge listened to both sides with patience.
A small fire was burning in the kitchen stove.
They crossed the border without showing a passport.
The pilot welcomed the passengers on board.
The dentist gave the girl a new toothbrush.
Winter is long here, and spring is very short.
The museum guide spoke quietly and clearly.
We ate naïve jokes for breakfast, said the clown.
""".splitlines()

GERMAN = """\
Der Bäcker öffnet seinen Laden früh am Morgen.
Die Kinder spielen draußen im großen Garten.
Meine Großmutter backt jeden Sonntag einen Kuchen.
Über der Stadt fliegen viele Vögel nach Süden.
Wir müssen die Schlüssel unter der Tür suchen.
Er hört gern schöne Musik und trinkt grünen Tee.
Das Mädchen fährt mit dem Fahrrad zur Schule.
Im Frühling blühen die Bäume vor unserem Haus.
Die Brücke über den Fluss wurde geschlossen.
Ich möchte nächstes Jahr meine Brüder besuchen.
Der Lehrer erzählt eine Geschichte über Füchse.
Mein Nachbar verkauft Gemüse und frische Äpfel.
Wir können heute Abend zusammen kochen.
Die Züge fahren pünktlich um fünf Uhr ab.
Sie schläft, weil sie sehr müde ist.
Im Winter fällt hier häufig viel Schnee.
Das Geschäft schließt am Samstag früher.
Die Gäste wünschen sich ein größeres Zimmer.
Unsere Tochter lernt schwimmen und tanzen.
Er hat den Brief gestern geschrieben.
Die Wörter stehen in einem dicken Wörterbuch.
Der Müller mahlt das Korn in der Mühle.
""".splitlines()

UKRAINIAN = """\
Мій сусід вирощує яблука біля річки.
Діти йдуть до школи кожного ранку.
Вона читає цікаву книжку про їжаків.
Їхній потяг приїхав пізно ввечері.
Ми п'ємо чай і їмо свіжий хліб.
Він знайшов свій ключ під старим килимом.
Її брат працює лікарем у великому місті.
Зимовий день короткий, а ніч довга.
Який гарний краєвид за цим вікном!
Учителька пояснила учням новий матеріал.
Наш кіт спить на теплій печі.
Йому подобається слухати тихий дощ.
Бабуся спекла смачний пиріг із вишнями.
Ґанок біля хати пофарбували в зелений колір.
Цей міст будували понад двадцять років.
Вечірній вітер приніс запах моря.
Сьогодні ми їдемо на базар по овочі.
Хлопчик намалював жовтий човен і синє море.
Вони співають старовинні українські пісні.
Мій батько полагодив синій велосипед.
""".splitlines()

JAPANESE = """\
私は毎朝パンを食べてコーヒーを飲みます。
子どもたちが学校の庭で遊んでいます。
彼女は図書館で新しい本を借りました。
電車が遅れたので駅で三十分待ちました。
祖母からの手紙が昨日届きました。
日本の夏はとても暑いです。
この町には古いお寺がたくさんあります。
兄はデパートでかばんを買いました。
雨が降ったから、傘を持って出かけました。
先生は学生に昔の話を聞かせました。
窓を開けると、海が見えます。
週末に友だちと映画を見る予定です。
猫がテーブルの下で眠っています。
母は台所でごはんを作っています。
私の部屋には大きな机があります。
彼はギターを弾きながら歌いました。
公園の桜がきれいに咲いています。
バスで駅まで行くと便利です。
がんばれば、きっとできると思います。
夜になると、町はとても静かです。
""".splitlines()

HINDI = """\
मेरा भाई हर सुबह दूध और रोटी खाता है।
बच्चे स्कूल के मैदान में खेल रहे हैं।
वह पुस्तकालय में नई किताबें पढ़ती है।
नदी के किनारे बहुत बड़े पेड़ हैं।
हमारी ट्रेन दो घंटे देर से आई।
दादी ने हमें एक पुरानी कहानी सुनाई।
आज बाज़ार में ताज़ी सब्ज़ियाँ मिलती हैं।
मुझे बारिश की आवाज़ अच्छी लगती है।
उसने अपनी चाबी मेज़ के नीचे पाई।
गाँव का रास्ता पहाड़ों से होकर जाता है।
शिक्षक ने छात्रों को नया पाठ पढ़ाया।
सर्दियों में दिन छोटे होते हैं।
मेरी बहन शहर के अस्पताल में काम करती है।
हम शाम को चाय पीते हैं और बातें करते हैं।
बिल्ली कुर्सी पर सो रही है।
किसान अपने खेत में काम कर रहा है।
उन्होंने घर की दीवारें सफ़ेद रंग से रंगीं।
माँ रसोई में खाना बना रही हैं।
समुद्र की हवा बहुत ठंडी थी।
यह पुल बीस साल पहले बना था।
""".splitlines()

KOREAN = """\
저는 매일 아침에 빵을 먹고 커피를 마십니다.
아이들이 학교 운동장에서 축구를 합니다.
할머니께서 어제 편지를 보내셨습니다.
그녀는 도서관에서 새로운 책을 읽습니다.
기차가 늦어서 역에서 오래 기다렸습니다.
우리 동네에는 오래된 시장이 있습니다.
비가 와서 우산을 가지고 나갔습니다.
선생님은 학생들에게 옛날이야기를 해 주셨습니다.
창문을 열면 바다가 보입니다.
주말에 친구와 영화를 볼 예정입니다.
고양이가 의자 위에서 자고 있습니다.
어머니는 부엌에서 저녁을 만드십니다.
형은 병원에서 의사로 일합니다.
겨울에는 눈이 많이 내립니다.
공원에 꽃이 예쁘게 피었습니다.
아버지는 자전거를 고치셨습니다.
저는 노래를 부르면서 길을 걸었습니다.
이 다리는 이십 년 전에 지어졌습니다.
밤이 되면 마을은 아주 조용합니다.
버스를 타고 시내에 가면 편리합니다.
""".splitlines()

REPEATS = 4
"""Often enough for every word to reach the least count of a token."""


@pytest.fixture(scope="session")
def english() -> list[str]:
    return list(ENGLISH)


@pytest.fixture(scope="session")
def languages() -> dict[str, list[str]]:
    texts = {"de": GERMAN, "uk": UKRAINIAN, "ja": JAPANESE, "hi": HINDI, "ko": KOREAN}
    return {code: sentences * REPEATS for code, sentences in texts.items()}


def _trained(tokenizer: Tokenizer, trainer: Any) -> State:
    tokenizer.train_from_iterator(ENGLISH * 3, trainer)
    state: State = json.loads(tokenizer.to_str())
    return state


def train_bert() -> State:
    """Uncased BERT: WordPiece, marks stripped."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    return _trained(
        tokenizer,
        trainers.WordPieceTrainer(vocab_size=500, special_tokens=special, show_progress=False),
    )


def train_roberta() -> State:
    """RoBERTa: BPE on bytes, <mask> as the last id."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    state = _trained(tokenizer, trainer)
    mask = len(state["model"]["vocab"])
    state["model"]["vocab"]["<mask>"] = mask
    state["added_tokens"].append(
        state["added_tokens"][0] | {"id": mask, "content": "<mask>", "lstrip": True}
    )
    return state


def train_clip() -> State:
    """CLIP and the first GPT: BPE on characters, marked at the end of a word, lowercased."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<unk>", "<pad>"],
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    return _trained(tokenizer, trainer)


def train_llama() -> State:
    """Llama: BPE on characters without pre-tokenizer, unknown ones as bytes."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)],
        show_progress=False,
    )
    state = _trained(tokenizer, trainer)
    state["added_tokens"] = state["added_tokens"][:3]
    state["pre_tokenizer"] = None
    spaces = [
        {"type": "Prepend", "prepend": "▁"},
        {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
    ]
    state["normalizer"] = {"type": "Sequence", "normalizers": spaces}
    return state


def train_xlmr(*, mask_is_piece: bool = True) -> State:
    """XLM-R: Unigram; <mask> is the last piece, or (DeBERTa) an added token behind the last piece."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=500,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        unk_token="<unk>",
        show_progress=False,
    )
    state = _trained(tokenizer, trainer)
    mask = len(state["model"]["vocab"])
    if mask_is_piece:
        state["model"]["vocab"].append(["<mask>", 0.0])
    state["added_tokens"].append(state["added_tokens"][0] | {"id": mask, "content": "<mask>"})
    return state


def train_albert() -> State:
    """ALBERT: Unigram behind a normalizer that strips marks before it lowercases."""
    state = train_xlmr()
    steps = [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.normalizer = normalizers.Sequence(steps)
    changed: State = json.loads(tokenizer.to_str())
    return changed


TEACHERS: dict[str, Callable[[], State]] = {
    "bert": train_bert,
    "roberta": train_roberta,
    "clip": train_clip,
    "llama": train_llama,
    "xlmr": train_xlmr,
    "deberta": lambda: train_xlmr(mask_is_piece=False),
    "albert": train_albert,
}


@pytest.fixture(scope="session")
def teachers() -> dict[str, State]:
    """A parsed tokenizer.json of each kind."""
    return {name: train() for name, train in TEACHERS.items()}
