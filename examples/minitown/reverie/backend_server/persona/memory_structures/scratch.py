"""The short-term memory of a persona: who it is, its day, and what it is doing."""
import copy
import datetime
import json

from global_methods import *

DATE_AND_TIME = "%B %d, %Y, %H:%M:%S"
TIMES = ("curr_time", "act_start_time", "chatting_end_time")
EVENTS = ("act_event", "act_obj_event")

# Every field, in the order of the saved file, with the value it has before anything is known.
DEFAULTS = {
    # Tiles in sight, events attended to at once, latest events that are no news.
    "vision_r": 4, "att_bandwidth": 3, "retention": 5,
    "curr_time": None, "curr_tile": None, "daily_plan_req": None,
    "name": None, "first_name": None, "last_name": None, "age": None, "innate": None,
    "learned": None, "currently": None, "lifestyle": None, "living_area": None,
    "concept_forget": 100, "daily_reflection_time": 180, "daily_reflection_size": 5,
    "overlap_reflect_th": 2, "kw_strg_event_reflect_th": 4, "kw_strg_thought_reflect_th": 4,
    # Weights of retrieval; the importance that makes a persona reflect, counted down.
    "recency_w": 1, "relevance_w": 1, "importance_w": 1, "recency_decay": 0.99,
    "importance_trigger_max": 150, "importance_trigger_curr": 150, "importance_ele_n": 0,
    "thought_count": 5,
    # The day: in broad strokes, decomposed up to now, in hours. [activity, minutes]
    "daily_req": [], "f_daily_schedule": [], "f_daily_schedule_hourly_org": [],
    "act_address": None, "act_start_time": None, "act_duration": None, "act_description": None,
    "act_pronunciatio": None, "act_event": (None, None, None), "act_obj_description": None,
    "act_obj_pronunciatio": None, "act_obj_event": (None, None, None),
    # Steps to go before talking to somebody again.
    "chatting_with": None, "chat": None, "chatting_with_buffer": {}, "chatting_end_time": None,
    "act_path_set": False, "planned_path": [],
}


class Scratch:
    def __init__(self, f_saved):
        fields = copy.deepcopy(DEFAULTS)
        if check_if_file_exists(f_saved):
            with open(f_saved) as saved:
                fields.update(json.load(saved))
        for name, value in fields.items():
            if name in TIMES and value:
                value = datetime.datetime.strptime(value, DATE_AND_TIME)
            setattr(self, name, tuple(value) if name in EVENTS else value)

    def save(self, out_json):
        fields = {name: getattr(self, name) for name in DEFAULTS}
        for name in TIMES:
            fields[name] = fields[name] and fields[name].strftime(DATE_AND_TIME)
        with open(out_json, "w") as outfile:
            json.dump(fields, outfile, indent=2)

    def _index_at(self, schedule, advance):
        minute = self.curr_time.hour * 60 + self.curr_time.minute + advance
        elapsed = 0
        for index, (_, duration) in enumerate(schedule):
            elapsed += duration
            if elapsed > minute:
                return index
        return len(schedule)

    def get_f_daily_schedule_index(self, advance=0):
        """Index of what the day holds `advance` minutes from now; its length when past the end."""
        return self._index_at(self.f_daily_schedule, advance)

    def get_f_daily_schedule_hourly_org_index(self, advance=0):
        return self._index_at(self.f_daily_schedule_hourly_org, advance)

    def get_str_iss(self):
        """Who this is, for prompts."""
        return (f"Name: {self.name}\nAge: {self.age}\nTraits: {self.innate}\n"
                f"Background: {self.learned}\nCurrently: {self.currently}\n"
                f"Lifestyle: {self.lifestyle}\nUsual day: {self.daily_plan_req}\n"
                f"Date: {self.get_str_curr_date_str()}")

    def get_str_curr_date_str(self):
        return self.curr_time.strftime("%A %B %d")

    def get_curr_event_and_desc(self):
        if not self.act_address:
            return (self.name, None, None, None)
        return (*self.act_event, self.act_description)

    def get_curr_obj_event_and_desc(self):
        if not self.act_address:
            return ("", None, None, None)
        return (self.act_address, self.act_obj_event[1], self.act_obj_event[2],
                self.act_obj_description)

    def add_new_action(self, action_address, action_duration, action_description,
                       action_pronunciatio, action_event, chatting_with, chat,
                       chatting_with_buffer, chatting_end_time, act_obj_description,
                       act_obj_pronunciatio, act_obj_event, act_start_time=None):
        """Begin an action now, whatever act_start_time says."""
        self.act_address = action_address
        self.act_duration = action_duration
        self.act_description = action_description
        self.act_pronunciatio = action_pronunciatio
        self.act_event = action_event
        self.chatting_with = chatting_with
        self.chat = chat
        if chatting_with_buffer:
            self.chatting_with_buffer.update(chatting_with_buffer)
        self.chatting_end_time = chatting_end_time
        self.act_obj_description = act_obj_description
        self.act_obj_pronunciatio = act_obj_pronunciatio
        self.act_obj_event = act_obj_event
        self.act_start_time = self.curr_time
        self.act_path_set = False

    def act_check_finished(self):
        """Whether the action ends at this very moment (or there is none)."""
        if not self.act_address:
            return True
        if self.chatting_with:
            end_time = self.chatting_end_time
        else:
            start = self.act_start_time
            if start.second:
                start = start.replace(second=0) + datetime.timedelta(minutes=1)
            end_time = start + datetime.timedelta(minutes=self.act_duration)
        return end_time.strftime("%H:%M:%S") == self.curr_time.strftime("%H:%M:%S")

    @staticmethod
    def _schedule_str(schedule):
        ret = ""
        minute = 0
        for activity, duration in schedule:
            minute += duration
            ret += f"{minute // 60:02}:{minute % 60:02} || {activity}\n"
        return ret

    def get_str_daily_schedule_summary(self):
        return self._schedule_str(self.f_daily_schedule)

    def get_str_daily_schedule_hourly_org_summary(self):
        return self._schedule_str(self.f_daily_schedule_hourly_org)
