"""Trains the original: a GPT-2 from nothing."""

from arguments import parser
from loop import train
from model import Config


def main():
    options = parser(__doc__, steps=4000)
    for name, value in vars(Config()).items():
        options.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    chosen = options.parse_args()
    train(chosen, Config(**{name: getattr(chosen, name) for name in vars(Config())}), chosen.out)


if __name__ == "__main__":
    main()
