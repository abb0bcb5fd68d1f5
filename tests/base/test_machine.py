import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.base import machine, processor
from lenet_tf1.base.errors import InputError
from lenet_tf1.data.batches import as_input, one_hot
from lenet_tf1.graph.model import build_model


@pytest.mark.parametrize(
    ("flags", "auto"), [("fpu avx2", "fp32"), ("avx512f avx512_bf16", "bf16"), ("amx_bf16", "bf16"), ("", "fp32")]
)
def test_auto_takes_bf16_where_the_processor_has_it(monkeypatch, flags, auto):
    monkeypatch.setattr(processor, "_cpuinfo", lambda key: flags)
    assert machine.choose_precision("auto") == auto
    assert machine.choose_precision("fp32") == "fp32"
    if auto == "bf16":
        assert machine.choose_precision("bf16") == "bf16"
    else:
        with pytest.raises(InputError, match="AVX512_BF16 or AMX, and no GPU; use --precision fp32"):
            machine.choose_precision("bf16")


@pytest.mark.parametrize(
    ("limit", "precision"),
    [
        ("AVX2", "fp32"),
        ("avx512_core", "fp32"),
        ("AVX512_CORE_BF16", "bf16"),
        ("AVX512_CORE_AMX", "bf16"),
        ("", "bf16"),
    ],
)
@pytest.mark.parametrize("name", ["ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"])
def test_what_onednn_may_not_use_the_processor_does_not_have(monkeypatch, name, limit, precision):
    monkeypatch.setattr(processor, "_cpuinfo", lambda key: "avx512_bf16")
    monkeypatch.setenv(name, limit)
    assert machine.choose_precision("auto") == precision


def test_bf16_is_close_to_fp32_and_is_not_fp32(mnist):
    if machine.choose_precision("auto") != "bf16":
        pytest.skip("a processor with AVX512_BF16 or AMX would run this")
    batch = mnist.test[:200]
    probabilities = {}
    for precision in ("fp32", "bf16"):
        with tf.Graph().as_default() as graph, machine.open_session(graph, precision) as session:
            model = build_model("lenet", classes=10)
            session.run(tf.global_variables_initializer())
            feed = {model.x: as_input(batch.images), model.y: one_hot(batch.labels, 10)}
            probabilities[precision] = session.run(model.probabilities, feed)
            assert probabilities[precision].dtype == np.float32
    assert np.allclose(probabilities["fp32"], probabilities["bf16"], atol=0.01)
    assert not np.array_equal(probabilities["fp32"], probabilities["bf16"])


def test_provenance_names_what_bits_depend_on(monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    monkeypatch.setenv("TF_ONEDNN_USE_SYSTEM_ALLOCATOR", "1")
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    monkeypatch.setenv("TF_AUTO_MIXED_PRECISION_GRAPH_REWRITE_LEVEL", "1")
    facts = machine.provenance()
    assert facts["machine"]["processor"]
    assert facts["machine"]["cores"] >= 1
    assert "gpu" in facts["machine"]
    assert facts["machine"]["environment"] == {
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "TF_AUTO_MIXED_PRECISION_GRAPH_REWRITE_LEVEL": "1",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "TF_ONEDNN_USE_SYSTEM_ALLOCATOR": "1",
    }
    assert facts["versions"]["tensorflow"] == tf.version.VERSION
    assert facts["versions"].keys() == {"lenet_tf1", "tensorflow", "numpy", "opencv", "pillow", "python"}


def test_the_first_gpu_alone_and_its_memory_as_it_is_needed(monkeypatch):
    """Document 004's settings, in the session's configuration; without a GPU they mean nothing."""
    configs = []
    monkeypatch.setattr(machine.tf, "Session", lambda graph, config: configs.append(config))
    machine.open_session(tf.Graph(), "fp32")
    assert configs[0].gpu_options.allow_growth
    assert configs[0].gpu_options.visible_device_list == "0"


@pytest.mark.parametrize(
    ("groups", "files", "limit"),
    [
        ("0::/a/b\n", {"a/b/cpu.max": "100000 100000\n"}, 1),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "150000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),  # as it looks from within a container
        ("0::/../../other\n", {"cpu.max": "max 100000\n"}, None),
        ("0::/\n", {"cpu.max": "350000 100000\n"}, None),
        ("0::/\n", {"cpu.max": "800000 100000\n"}, None),
        ("9:memory:/x\n4:cpu,cpuacct:/docker/1\n", {"cpu,cpuacct/cpu.cfs_quota_us": "200000\n"}, None),
        (
            "4:cpu,cpuacct:/docker/1\n0::/\n",
            {"cpu,cpuacct/cpu.cfs_quota_us": "200000\n", "cpu,cpuacct/cpu.cfs_period_us": "100000\n"},
            2,
        ),
        ("1:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ("", {}, None),
    ],
)
def test_threads_are_as_many_as_a_container_has_time_for(monkeypatch, tmp_path, groups, files, limit):
    for name, content in files.items():
        (tmp_path / "fs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "fs" / name).write_text(content)
    (tmp_path / "cgroup").write_text(groups)
    monkeypatch.setattr(processor, "_GROUPS", tmp_path / "fs")
    monkeypatch.setattr(processor, "_PROCESS", tmp_path / "cgroup")
    monkeypatch.setattr(processor, "_bound", lambda: 4)
    assert processor.limit() == limit
    assert processor.cores() == (limit or 4)
    assert machine.configure("fp32").intra_op_parallelism_threads == (limit or 0)  # 0: as TensorFlow has it by itself


def test_what_other_processors_are(monkeypatch):
    # aarch64 has no flags of that name, macOS no such file: fp32, and its name from elsewhere.
    monkeypatch.setattr(processor, "_cpuinfo", lambda key: "")
    for architecture in ("aarch64", "arm64"):
        monkeypatch.setattr(processor.platform, "machine", lambda name=architecture: name)
        monkeypatch.setattr(processor.platform, "processor", lambda: "")
        assert processor.name() == architecture
        assert not processor.lacks_avx()
        assert machine.choose_precision("auto") == "fp32"


def test_on_a_gpu_nothing_is_bf16(monkeypatch):
    monkeypatch.setattr(processor, "_cpuinfo", lambda key: "avx512_bf16")
    monkeypatch.setattr(machine, "_gpu", lambda: "a GPU")
    assert machine.choose_precision("auto") == "fp32"
    with pytest.raises(InputError, match="use --precision fp32, or auto"):
        machine.choose_precision("bf16")


def test_a_session_takes_one_gpu_and_its_memory_as_it_needs_it():
    options = machine.configure("fp32").gpu_options
    assert options.allow_growth
    assert options.visible_device_list == "0"
