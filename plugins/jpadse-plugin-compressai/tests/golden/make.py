"""Makes the golden files of the payload's version. Run once per version; what is there stays for ever.

python -m golden.make, in the folder above
"""

from __future__ import annotations

from pathlib import Path

GOLDEN = Path(__file__).parent
ARCHITECTURES = ("bmshj2018-factorized", "mbt2018", "cheng2020-attn")
_VERSION = 1


def main() -> None:
    import numpy as np
    import torch
    from skimage import data
    from tiny_models import codec, tiny_model

    rgb = np.ascontiguousarray(data.coffee()[120:219, 200:331])
    for architecture in ARCHITECTURES:
        model = tiny_model(architecture, (4,) if architecture.startswith("cheng2020") else (4, 4))
        model.update(torch.tensor([0.11, 0.25, 0.5, 1, 2, 4, 8]), force=True)
        stem = GOLDEN / f"{architecture}-{_VERSION}"
        torch.save(model.state_dict(), f"{stem}.pth.tar")
        made = codec(architecture)
        payload = made.encode(rgb, made.Options(weights=f"{stem}.pth.tar"))
        stem.with_suffix(".payload").write_bytes(payload)
        np.savez_compressed(stem.with_suffix(".npz"), rgb=made.decode(payload))


if __name__ == "__main__":
    main()
