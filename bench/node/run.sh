#!/bin/sh
# The whole measurement on a Linux machine that has a graphics card and neither Node nor a browser nor a network:
#   sh run.sh [--software] [--only probe|golden|suite|torch] [options of the suite: --suite gpu --filter prefill --rounds 20]
# What is found is written to results/. Ends with a status other than 0 where hooks are wrong or a target is missed.
set -eu
cd "$(dirname "$0")"

software='' only=''
while [ $# -gt 0 ]; do
  case $1 in
    --software) software=yes; shift ;;
    --only) only=$2; shift 2 ;;
    *) break ;;
  esac
done
case $only in '' | probe | golden | suite | torch) ;; *) echo "There is no step $only: say probe, golden, suite or torch." >&2; exit 2 ;; esac
set -- --suite gpu "$@" # a suite that was asked for comes later, and wins
mkdir -p results

# The Vulkan driver: one that was chosen already, NVIDIA's where it usually lies, or its library without a description.
if [ "$software" ]; then
  VK_DRIVER_FILES=$PWD/lib/swiftshader/vk_swiftshader_icd.json
elif [ -z "${VK_DRIVER_FILES:-${VK_ICD_FILENAMES:-}}" ]; then
  for file in /usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json /etc/vulkan/icd.d/nvidia_icd*.json /usr/share/vulkan/icd.d/nvidia_icd*.json; do
    if [ -f "$file" ]; then VK_DRIVER_FILES=$file; break; fi
  done
  if [ -z "${VK_DRIVER_FILES:-}" ]; then
    for library in libGLX_nvidia.so.0 libEGL_nvidia.so.0; do
      if ldconfig -p 2>/dev/null | grep -q "$library"; then
        VK_DRIVER_FILES=$PWD/results/nvidia_icd.json
        printf '{"file_format_version": "1.0.0", "ICD": {"library_path": "%s", "api_version": "1.3.0"}}\n' "$library" >"$VK_DRIVER_FILES"
        break
      fi
    done
  fi
fi
if [ "${VK_DRIVER_FILES:-}" ]; then
  export VK_DRIVER_FILES VK_ICD_FILENAMES="$VK_DRIVER_FILES"
  echo "Vulkan driver: $VK_DRIVER_FILES"
else
  echo "Vulkan driver: ${VK_ICD_FILENAMES:-whatever the loader finds}"
fi
# The kit's own loader and the libraries that drivers ask for, where the system has none.
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$PWD/lib"

bench() { ./node --liftoff-only bench.mjs "$@"; }
wanted() { [ -z "$only" ] || [ "$only" = "$1" ]; }
status=0

if wanted probe; then bench --probe --json results/probe.json; fi

# Truth first: where a hook is wrong nothing is timed.
if wanted golden; then bench --golden --json results/golden.json; fi

if wanted suite; then bench "$@" --json results/suite.json || status=$?; fi

if wanted torch && [ -z "$software" ]; then
  if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
    python3 torchPeer.py --json results/torch.json
    if [ -f results/suite.json ]; then bench --merge results/suite.json --torch results/torch.json || status=$?; fi
  else
    echo 'No PyTorch with a CUDA device here: the rows have no torch peer.'
  fi
fi
exit $status
