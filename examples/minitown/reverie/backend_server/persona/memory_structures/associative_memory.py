"""The memory stream: events, thoughts and chats, newest first, found by keyword."""
import datetime
import json

SECONDS = "%Y-%m-%d %H:%M:%S"
SAVED = ("node_count", "type_count", "type", "depth", "created", "expiration", "subject",
         "predicate", "object", "description", "embedding_key", "poignancy", "keywords", "filling")


class ConceptNode:
    def __init__(self, node_id, node_count, type_count, node_type, depth, created, expiration,
                 s, p, o, description, embedding_key, poignancy, keywords, filling):
        self.node_id = node_id
        self.node_count = node_count
        self.type_count = type_count
        self.type = node_type  # "event", "thought" or "chat"
        self.depth = depth

        self.created = created
        self.expiration = expiration
        self.last_accessed = created

        self.subject = s
        self.predicate = p
        self.object = o

        self.description = description
        self.embedding_key = embedding_key
        self.poignancy = poignancy
        self.keywords = keywords
        self.filling = filling

    def spo_summary(self):
        return (self.subject, self.predicate, self.object)


class AssociativeMemory:
    def __init__(self, f_saved):
        self.id_to_node = {}
        self.seq_event = []
        self.seq_thought = []
        self.seq_chat = []
        self.kw_to_event = {}
        self.kw_to_thought = {}
        self.kw_to_chat = {}
        self.kw_strength_event = {}
        self.kw_strength_thought = {}

        with open(f"{f_saved}/embeddings.json") as saved:
            self.embeddings = json.load(saved)
        with open(f"{f_saved}/nodes.json") as saved:
            nodes = json.load(saved)
        for count in range(1, len(nodes) + 1):
            self._load(nodes[f"node_{count}"])
        with open(f"{f_saved}/kw_strength.json") as saved:
            strength = json.load(saved)
        self.kw_strength_event = strength["kw_strength_event"]
        self.kw_strength_thought = strength["kw_strength_thought"]

    def _load(self, node):
        created, expiration = (node[key] and datetime.datetime.strptime(node[key], SECONDS)
                               for key in ("created", "expiration"))
        add = {"event": self.add_event, "thought": self.add_thought, "chat": self.add_chat}
        add[node["type"]](created, expiration, node["subject"], node["predicate"], node["object"],
                          node["description"], set(node["keywords"]), node["poignancy"],
                          (node["embedding_key"], self.embeddings[node["embedding_key"]]),
                          node["filling"])

    def save(self, out_json):
        nodes = {}
        for node in reversed(self.id_to_node.values()):
            saved = {key: getattr(node, key) for key in SAVED}
            saved["created"] = node.created.strftime(SECONDS)
            saved["expiration"] = node.expiration and node.expiration.strftime(SECONDS)
            saved["keywords"] = list(node.keywords)
            nodes[node.node_id] = saved
        strength = {"kw_strength_event": self.kw_strength_event,
                    "kw_strength_thought": self.kw_strength_thought}
        for name, value in (("nodes", nodes), ("kw_strength", strength),
                            ("embeddings", self.embeddings)):
            with open(f"{out_json}/{name}.json", "w") as outfile:
                json.dump(value, outfile)

    def _add(self, kind, depth, created, expiration, s, p, o, description, keywords, poignancy,
             embedding_pair, filling):
        seq = getattr(self, f"seq_{kind}")
        kw_to = getattr(self, f"kw_to_{kind}")
        node_count = len(self.id_to_node) + 1
        node = ConceptNode(f"node_{node_count}", node_count, len(seq) + 1, kind, depth, created,
                           expiration, s, p, o, description, embedding_pair[0], poignancy,
                           keywords, filling)
        seq.insert(0, node)
        self.id_to_node[node.node_id] = node
        for keyword in keywords:
            kw_to.setdefault(keyword.lower(), []).insert(0, node)
        if kind != "chat" and (p, o) != ("is", "idle"):
            strength = getattr(self, f"kw_strength_{kind}")
            for keyword in keywords:
                strength[keyword.lower()] = strength.get(keyword.lower(), 0) + 1
        self.embeddings[embedding_pair[0]] = embedding_pair[1]
        return node

    def add_event(self, created, expiration, s, p, o, description, keywords, poignancy,
                  embedding_pair, filling):
        # Of "NAME NAME is TASK (PART)" the part says enough.
        if "(" in description:
            start = " ".join(description.split()[:3])
            description = f"{start} {description.split('(')[-1][:-1]}"
        return self._add("event", 0, created, expiration, s, p, o, description, keywords,
                         poignancy, embedding_pair, filling)

    def add_thought(self, created, expiration, s, p, o, description, keywords, poignancy,
                    embedding_pair, filling):
        # A thought stands one level above the deepest node it rests on.
        evidence = [self.id_to_node[i].depth for i in filling or [] if i in self.id_to_node]
        return self._add("thought", 1 + max(evidence, default=0), created, expiration, s, p, o,
                         description, keywords, poignancy, embedding_pair, filling)

    def add_chat(self, created, expiration, s, p, o, description, keywords, poignancy,
                 embedding_pair, filling):
        return self._add("chat", 0, created, expiration, s, p, o, description, keywords,
                         poignancy, embedding_pair, filling)

    def get_summarized_latest_events(self, retention):
        return {node.spo_summary() for node in self.seq_event[:retention]}

    def retrieve_relevant_thoughts(self, s_content, p_content, o_content):
        return self._relevant(self.kw_to_thought, s_content, p_content, o_content)

    def retrieve_relevant_events(self, s_content, p_content, o_content):
        return self._relevant(self.kw_to_event, s_content, p_content, o_content)

    def _relevant(self, kw_to, *contents):
        return {node for content in contents for node in kw_to.get(content.lower(), [])}

    def get_last_chat(self, target_persona_name):
        """The latest chat with somebody, False when there was none."""
        return self.kw_to_chat.get(target_persona_name.lower(), [False])[0]

    def _listing(self, label, seq):
        return "".join(f"{label} {node.type_count}: {node.spo_summary()} -- {node.description}\n"
                       for node in seq)

    def get_str_seq_events(self):
        return self._listing("Event", self.seq_event)

    def get_str_seq_thoughts(self):
        return self._listing("Thought", self.seq_thought)

    def get_str_seq_chats(self):
        ret = ""
        for node in self.seq_chat:
            ret += f"with {node.object} ({node.description}), {node.created.strftime(SECONDS)}\n"
            ret += "".join(f"{name}: {line}\n" for name, line in node.filling)
        return ret
