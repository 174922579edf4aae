"""Findings in Chinese: title and remedy by rule; a test holds them to docs/findings.md."""

from __future__ import annotations

TITLES_AND_REMEDIES: dict[str, tuple[str, str]] = {
    "not-a-file": ("找不到或无法读取文件", "检查路径和读取权限。"),
    "empty-file": ("文件为空", "重新复制或导出模型，传输可能中断。"),
    "too-large": ("文件过大", "按专业或按楼栋分别导出。"),
    "not-step": ("不是 IFC 文件", "从建模软件重新导出为 IFC（.ifc）。"),
    "ifcxml": ("是 ifcXML，不是 IFC", "导出时选择 IFC（.ifc）格式。"),
    "bad-zip": ("压缩包无法使用", "自行解压后导入其中的 .ifc 文件。"),
    "truncated": ("文件不完整", "重新复制或导出模型，传输或导出中途停止。"),
    "bad-statement": ("文件格式错误", "重新导出模型，不要手工修改 IFC 文件。"),
    "unparsed": ("无法解析", "重新导出；仍失败时换一个导出插件版本。"),
    "lost-statements": ("部分内容无法解析", "重新导出模型，否则会缺少构件。"),
    "unknown-schema": ("IFC 版本不支持", "导出为 IFC4 或 IFC2x3。"),
    "empty-model": ("模型为空", "重新导出，并检查文件是否完整。"),
    "no-project": ("缺少项目对象", "导出整个模型，而不是族库或局部。"),
    "several-projects": ("含有多个项目", "每个项目单独导出为一个文件。"),
    "repeated-number": ("语句编号重复", "重新导出，不要手工拼接文件。"),
    "circular-reference": ("引用循环", "重新导出；仍出现时反馈给软件厂商。"),
    "unknown-class": ("含有该版本没有的类型", "在三维中检查是否缺少构件，更新导出插件。"),
    "attribute-count": ("属性个数不符", "查看该构件，更新导出插件。"),
    "missing-reference": ("引用的内容缺失", "查看该构件；大量缺失时重新导出。"),
    "text-encoding": ("文字编码已识别并修复", "抽查几个名称；在导出设置中选择 Unicode。"),
    "garbled-text": ("文字乱码", "在模型中改正这些名称，或以 Unicode 导出。"),
    "lost-text": ("文字已丢失", "在模型中重新输入这些名称后再导出。"),
    "bad-escape": ("转义符错误", "名称正确则无需处理，否则在模型中改正。"),
    "utf-16": ("文件为 UTF-16，已转换", "无需处理；不要用文本编辑器另存模型。"),
    "trailing-bytes": ("结束标记后有多余内容", "无需处理。"),
    "length-unit-missing": ("未声明长度单位", "在三维中量一处尺寸核对，并在导出设置中声明单位。"),
    "length-unit-conflict": ("长度单位冲突", "在三维中量一处尺寸核对，只用一种单位重新导出。"),
    "length-unit-implausible": ("长度单位不合理", "在三维中量一处尺寸核对，改正导出单位。"),
    "area-unit": ("面积单位不合理", "用图纸核对一个房间，在导出设置中声明面积单位。"),
    "duplicate-guid": ("GlobalId 重复", "在建模软件中为复制的构件生成新编号后重新导出。"),
    "bad-guid": ("GlobalId 无效", "用通过认证的导出插件重新导出。"),
    "no-building": ("没有楼栋", "用 --building 指定楼栋，或在模型中添加楼栋。"),
    "no-storey": ("没有楼层，已按标高推断", "在三维中检查楼层，并在模型中添加楼层。"),
    "storey-by-height": ("部分构件按标高归入楼层", "抽查几个构件，在模型中指定楼层。"),
    "storey-elevation": ("楼层标高不一致", "在三维中检查该楼层标高。"),
    "long-name": ("名称过长，已截断", "在模型中缩短名称，说明文字写入属性。"),
    "no-name": ("楼栋没有名称", "在模型或登记中命名。"),
    "no-room-number": ("房间没有门牌号", "在模型或登记中补充门牌号。"),
    "duplicate-room-number": ("同层门牌号重复", "在模型中改正门牌号。"),
    "map-unit": ("地图坐标单位有误，已更正", "在地图上核对位置，在导出设置中声明 MapUnit。"),
    "map-scale": ("地图比例不合理", "在地图上量一处距离核对，改正 Scale。"),
    "map-outside": ("坐标超出投影范围", "与测绘人员核对投影和坐标。"),
    "unknown-crs": ("投影坐标系无法识别", "用 EPSG 代码命名投影，如 EPSG:4549。"),
    "double-georeference": ("坐标被重复计入", "在地图上核对位置，以局部坐标加地图转换导出。"),
    "far-from-origin": ("模型远离原点", "新建院区时说明投影，或导出地图转换。"),
    "default-location": ("位置是软件默认值", "在模型或登记中填写真实位置。"),
    "loose-port": ("接口不属于任何构件", "检查相关管段在模型中是否连接。"),
    "type-port": ("接口属于类型", "无需处理。"),
    "shared-port": ("接口重复连接", "检查这些接头：一个接口只连一个接口。"),
    "shape-doubtful": ("几何可疑", "在建模软件中核对该构件，有误则修正后重新导出。"),
    "shape-box": ("以外包盒代替几何", "在建模软件中修正该构件的几何后重新导入。"),
    "shape-missing": ("构件没有几何", "在建模软件中修正该构件的几何后重新导入。"),
    "shape-astray": ("构件远离模型", "在建模软件中把该构件移回楼内后重新导入。"),
    "shape-unreadable": ("几何描述损坏", "在建模软件中修正该构件的几何后重新导入。"),
    "room-without-body": (
        "房间没有几何形体，面积未实测",
        "在模型中放置并闭合房间，导出几何后重新导入。",
    ),
    "room-unmeasurable": ("房间形体没有地面，面积未实测", "在模型中重画房间边界后重新导入。"),
    "review-file": (
        "无法确定文件属于哪栋楼",
        "是新楼则无需处理；否则 fangma rollback 后用 --revises 或 --building 重新导入。",
    ),
    "revision-by-likeness": (
        "仅凭构件位置认定为同一楼的新版本",
        "是同一楼则无需处理；否则 fangma rollback 后用 --new-building 重新导入。",
    ),
    "older-revision": (
        "文件比已导入的版本旧",
        "确需退回时用 --older-revision 导入，或用 fangma rollback 撤销。",
    ),
    "little-recognised": (
        "多数构件未能识别",
        "检查导出的模型和单位；可用 fangma rollback 撤销。",
    ),
    "review-match": (
        "无法确定是否同一房间",
        "用 fangma review decide 判定。",
    ),
    "building-moved": (
        "整栋楼平移或旋转",
        "非有意时检查导出的原点和正北方向。",
    ),
    "lineage-followed": (
        "人员、传感器、台账随沿革转移",
        "核对转移结果，为其余部分分配人员。",
    ),
    "decided-otherwise": (
        "模型未反映已登记的拆分合并",
        "按沿革更新模型后重新导出。",
    ),
    "lineage-area": (
        "拆分或合并前后面积不符",
        "核对房间轮廓，或更正沿革。",
    ),
    "ids-failed": (
        "构件不满足 IDS 要求",
        "按 IDS 说明修正模型。",
    ),
    "ids-checked": (
        "IDS 检查结果",
        "全部满足则无需处理。",
    ),
    "requirements": (
        "IDS 文件无法使用",
        "用 IDS 工具校验该文件。",
    ),
    "site-made": (
        "自动新建了院落",
        "首次导入前用 `fangma site add` 建立院落。",
    ),
    "georeference-as-drawn": (
        "按图上坐标定位",
        "在地图上核对位置；导出时带地图转换。",
    ),
    "georeference-borrowed": (
        "沿用同楼其他专业的位置",
        "两者同一原点时无需处理。",
    ),
    "secret-by-name": (
        "按名称标为涉密",
        "有误时由安全保密员取消。",
    ),
    "kind-unknown": (
        "文件类型无法识别",
        "用 --kind 指明。",
    ),
    "joins-inferred": (
        "管线连接由几何推断",
        "在模型中连接端口可消除推断。",
    ),
    "valve-on-unbroken-pipe": (
        "阀门处管道未断开",
        "在模型中于阀门处断开管道；在此之前关阀方案不采用该阀。",
    ),
    "georeference-unused": (
        "坐标未采用",
        "新建院落时用 `--epsg` 说明坐标系，再导入。",
    ),
    "georeference-missing": (
        "缺少坐标定位",
        "导出时带 IfcMapConversion。",
    ),
    "georeference-converted": (
        "坐标系已转换",
        "属于本院落时无需处理。",
    ),
    "georeference-elsewhere": (
        "坐标无法转换到本院落坐标系，或相距过远",
        "检查模型是否属于本院落，或改正其坐标。",
    ),
    "geometry-unreadable": (
        "几何内核无法打开文件",
        "重新导入；仍失败时反馈该文件。",
    ),
    "model-crashed": (
        "导入该模型的进程异常终止，未保留任何内容",
        "单独导入该模型；SIGKILL 多为内存不足，否则请反馈该文件。",
    ),
    "cluster": (
        "集群未完成该模型",
        "查看 worker 日志，重新导入，或不用 --scheduler。",
    ),
    "scheduler-version": (
        "集群的 Fangma 版本不同",
        "在每台机器上安装同一版本。",
    ),
}
