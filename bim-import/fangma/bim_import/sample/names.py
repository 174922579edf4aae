"""Invented names of units and people. None of them belongs to anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

BUREAUS = (
    "市政府办公室",
    "市发展和改革委员会",
    "市财政局",
    "市自然资源和规划局",
    "市住房和城乡建设局",
    "市人力资源和社会保障局",
    "市审计局",
    "市统计局",
    "市民政局",
    "市司法局",
    "市教育局",
    "市科学技术局",
    "市交通运输局",
    "市水利局",
    "市农业农村局",
    "市商务局",
    "市文化广电旅游局",
    "市卫生健康委员会",
    "市应急管理局",
    "市市场监督管理局",
    "市档案局",
    "市医疗保障局",
)
DIVISIONS = ("办公室", "综合处", "法规处", "规划处", "人事处", "督查处", "信息处", "财务处")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余"
GIVEN = "文明华建国立志海平春晓静芳丽敏涛超鹏宇欣怡思远嘉宁一诺子涵若云清和景行知微怀瑾"


def person_name(rng: Random) -> str:
    """Invent a person's name."""
    return rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2, 2))))


def bureau_name(number: int) -> str:
    """Return the name of the n-th bureau, counted from 0."""
    if number < len(BUREAUS):
        return BUREAUS[number]
    return f"市直属第{number - len(BUREAUS) + 1}事业单位"
