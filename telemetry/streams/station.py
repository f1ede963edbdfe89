"""What stations measure of a trainee: head, hands, voice, and the headset itself."""

from telemetry.streams.pose import HAND_HIGH_M, HAND_LOW_M, pose
from telemetry.streams.shape import SCALAR, SCENE, Column, Labels, Privacy, Stream

# The wire writes silence as -120; BS.1770 puts a full-scale square wave near +3 LUFS.
SILENCE_LUFS, LOUDEST_LUFS = -120.0, 6.0
# Inter-sample peaks pass full scale by some dB.
LOUDEST_DBFS = 6.0
# The fastest displays of headsets and monitors run at 240 Hz.
FASTEST_HZ = 300.0
# Half a second of dropped frames at that rate, and some for a late report.
MOST_DROPPED = 600.0

HEAD_POSE = Stream(
    name="head_pose",
    columns=pose("the trainee's eyes", Privacy.MOTION_BIOMETRIC),
    rate=72.0,
    origin="station",
    description="Where the trainee's eyes are and look, as the headset or the browser station reports it.",
    frame=SCENE,
)

HAND_POSE = Stream(
    name="hand_pose",
    columns=(
        *pose("the hand's grip", Privacy.MOTION_BIOMETRIC, low=HAND_LOW_M, high=HAND_HIGH_M),
        Column("tracked", "1", "1 while the device sees the hand or controller; 0: the pose is the last one known",
               Privacy.MOTION_BIOMETRIC, 0.0, 1.0),
    ),
    rate=72.0,
    origin="station",
    description="Where a hand of the trainee's is (WebXR's grip pose). Rows only while a hand or controller is known.",
    frame=SCENE,
    labels=Labels("hand", "which hand", Privacy.RECORD, "stream", ("left", "right")),
)  # fmt: skip

HEADSET_STATE = Stream(
    name="headset_state",
    columns=(
        Column("worn", "1", "1 while the headset is worn, 0 taken off, -1 where the device does not say",
               Privacy.RECORD, -1.0, 1.0),
        Column("visible", "1", "1 while the scene is visible, 0.5 visible but blurred, 0 hidden",
               Privacy.RECORD, 0.0, 1.0),
        Column("frame_rate", "Hz", "frames presented per second since the row before", Privacy.RECORD,
               0.0, FASTEST_HZ),
        Column("dropped", "frames", "frames that were due since the row before and were not presented",
               Privacy.RECORD, 0.0, MOST_DROPPED),
    ),
    rate=2.0,
    origin="station",
    description="Whether the trainee could see the scene and how smoothly; browser stations tell it of their page.",
    frame=SCALAR,
)  # fmt: skip

VOICE = Stream(
    name="voice",
    columns=(
        Column("loudness", "LUFS", "momentary loudness of the last 400 ms (ITU-R BS.1770-5); silence is -120",
               Privacy.VOICE_FEATURE, SILENCE_LUFS, LOUDEST_LUFS),
        Column("power", "LUFS", "K-weighted level of this 20 ms alone; silence is -120",
               Privacy.VOICE_FEATURE, SILENCE_LUFS, LOUDEST_LUFS),
        Column("peak", "dBFS", "largest absolute sample of this 20 ms; silence is -120",
               Privacy.VOICE_FEATURE, SILENCE_LUFS, LOUDEST_DBFS),
        Column("clipped", "1", "share of this 20 ms' samples at full scale", Privacy.VOICE_FEATURE, 0.0, 1.0),
        Column("speaking", "1", "1 while the station's voice detector says that the trainee speaks, else 0",
               Privacy.VOICE_FEATURE, 0.0, 1.0),
        Column("low_band", "dBFS", "unweighted power of this 20 ms from 0.14 to 1 kHz; silence is -120",
               Privacy.VOICE_FEATURE, SILENCE_LUFS, LOUDEST_DBFS),
        Column("high_band", "dBFS", "unweighted power of this 20 ms from 1 to 5.6 kHz; less low_band: the alpha ratio",
               Privacy.VOICE_FEATURE, SILENCE_LUFS, LOUDEST_DBFS),
    ),
    rate=50.0,
    origin="station",
    description="The level of the trainee's voice, taken at the microphone, before any codec; no audio.",
    frame=SCALAR,
)  # fmt: skip
