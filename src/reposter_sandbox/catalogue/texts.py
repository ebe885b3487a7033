"""Captions and creators, written for this world."""

from __future__ import annotations

from typing import NamedTuple


class Creator(NamedTuple):
    username: str
    nickname: str
    followers: int
    is_private: bool = False


CREATORS = (
    Creator("techguru123", "Tech Guru", 184_000),
    Creator("craftcorner", "Craft Corner ✂️", 52_300),
    Creator("quiet.garden", "Quiet Garden", 940, is_private=True),
)

CAPTIONS: dict[str, tuple[str, ...]] = {
    "techguru123": (
        "This shortcut saves me ten minutes every day ⌨️ #tech #productivity #keyboard",
        "I rebuilt my desk for under 100 🖥️ what would you change? #desksetup #tech",
        "Three settings to turn off tonight 🔋 #battery #phonetips #tech",
        "POV: the cable drawer finally makes sense #tech #satisfying #organize",
        "Why your Wi‑Fi is slow in the kitchen 📶 (it is the microwave) #wifi #tech",
        "Small robot, big attitude 🤖 #robotics #maker #diy",
        "Der beste Trick für müde Akkus – wirklich! 🔋 #technik #akku #tipps",
        "Soldering for the first time? Start like this 🔧 #electronics #learn",
        "El truco que nadie te cuenta sobre tu cámara 📸 #camara #consejos",
        "One sensor, one lamp, no app 💡 #smarthome #diy #tech",
        "Old laptop, new life: watch the boot time ⏱️ #linux #upcycle",
        "小さなキーボード、大きな音 🎹 #keyboard #asmr",
        "Reading chip labels like a detective 🕵️ #electronics #chips",
        "Do not throw this charger away ♻️ #tech #reuse",
        "How I back up my photos, in 20 seconds ☁️ #backup #phonetips",
        "Night mode, explained with a torch 🔦 #photography #tech",
    ),
    "craftcorner": (
        "Paper boat that really floats ⛵ #papercraft #diy",
        "Turning scraps into stars ✨ #origami #zerowaste",
        "Un moulin à vent en papier, étape par étape 🌬️ #papier #bricolage",
        "Collage Sunday: shapes only ✂️ #collage #art",
        "The easiest stamp you will ever carve 🎨 #linocut #crafts",
        "Weaving with old t‑shirts 🧶 #weaving #upcycle",
        "Glue, wait, wow 😮 #satisfying #crafts",
        "Mini city from cereal boxes 🏙️ #cardboard #diy",
        "Çok kolay bir kâğıt fener 🏮 #diy #elişi",
        "Marbled paper in slow motion 💙 #marbling #asmr",
    ),
    "quiet.garden": ("First tomatoes 🍅 #garden", "Rain on the pond 🌧️ #calm"),
}
