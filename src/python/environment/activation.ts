/** Scripts that put an environment into a shell, by name in `bin/`. Each finds its environment from its own place, so all are the same everywhere. */
export function activationScripts(prompt: string): ReadonlyMap<string, string> {
  const name = prompt.replaceAll(/[^\w .+-]/g, '_');
  return new Map([
    ['activate', POSIX.replaceAll('@PROMPT@', name)],
    ['activate.fish', FISH.replaceAll('@PROMPT@', name)],
    ['activate.csh', CSH.replaceAll('@PROMPT@', name)],
    ['activate.nu', NU.replaceAll('@PROMPT@', name)],
    ['activate.ps1', POWERSHELL.replaceAll('@PROMPT@', name)],
    ['activate_this.py', PYTHON],
  ]);
}

const POSIX = `# source this file from bash, zsh, ksh or dash: . bin/activate
if [ -n "\${BASH_SOURCE:-}" ]; then
    _ferrule_script="\${BASH_SOURCE[0]}"
elif [ -n "\${ZSH_VERSION:-}" ]; then
    eval '_ferrule_script="\${(%):-%x}"'
elif [ -n "\${KSH_VERSION:-}" ]; then
    eval '_ferrule_script="\${.sh.file}"'
else
    _ferrule_script="\${FERRULE_ACTIVATE:-}"
fi

deactivate () {
    if [ -n "\${_OLD_VIRTUAL_PATH+set}" ]; then
        PATH="\${_OLD_VIRTUAL_PATH}"
        export PATH
        unset _OLD_VIRTUAL_PATH
    fi
    if [ -n "\${_OLD_VIRTUAL_PYTHONHOME+set}" ]; then
        PYTHONHOME="\${_OLD_VIRTUAL_PYTHONHOME}"
        export PYTHONHOME
        unset _OLD_VIRTUAL_PYTHONHOME
    fi
    if [ -n "\${_OLD_VIRTUAL_PS1+set}" ]; then
        PS1="\${_OLD_VIRTUAL_PS1}"
        unset _OLD_VIRTUAL_PS1
    fi
    hash -r 2>/dev/null
    unset VIRTUAL_ENV VIRTUAL_ENV_PROMPT
    if [ "\${1:-}" != "nondestructive" ]; then
        unset -f deactivate
    fi
}

if [ -z "$_ferrule_script" ]; then
    echo 'this shell does not say which file it reads: set FERRULE_ACTIVATE to the path of bin/activate first' >&2
else
    deactivate nondestructive
    VIRTUAL_ENV="$(CDPATH= cd -- "$(dirname -- "$_ferrule_script")/.." > /dev/null && pwd)"
    export VIRTUAL_ENV
    VIRTUAL_ENV_PROMPT='@PROMPT@'
    export VIRTUAL_ENV_PROMPT
    _OLD_VIRTUAL_PATH="$PATH"
    PATH="$VIRTUAL_ENV/bin:$PATH"
    export PATH
    if [ -n "\${PYTHONHOME+set}" ]; then
        _OLD_VIRTUAL_PYTHONHOME="$PYTHONHOME"
        unset PYTHONHOME
    fi
    if [ -z "\${VIRTUAL_ENV_DISABLE_PROMPT:-}" ]; then
        _OLD_VIRTUAL_PS1="\${PS1-}"
        PS1="(@PROMPT@) \${PS1-}"
    fi
    hash -r 2>/dev/null
fi
unset _ferrule_script
`;

const FISH = `# source this file from fish: source bin/activate.fish
function deactivate -d 'Leave the environment'
    if set -q _OLD_VIRTUAL_PATH
        set -gx PATH $_OLD_VIRTUAL_PATH
        set -e _OLD_VIRTUAL_PATH
    end
    if set -q _OLD_VIRTUAL_PYTHONHOME
        set -gx PYTHONHOME $_OLD_VIRTUAL_PYTHONHOME
        set -e _OLD_VIRTUAL_PYTHONHOME
    end
    if functions -q _ferrule_old_prompt
        functions -e fish_prompt
        functions -c _ferrule_old_prompt fish_prompt
        functions -e _ferrule_old_prompt
    end
    set -e VIRTUAL_ENV
    set -e VIRTUAL_ENV_PROMPT
    if test "$argv[1]" != nondestructive
        functions -e deactivate
    end
end

deactivate nondestructive
set -gx VIRTUAL_ENV (cd (dirname (status filename))/..; and pwd)
set -gx VIRTUAL_ENV_PROMPT '@PROMPT@'
set -g _OLD_VIRTUAL_PATH $PATH
set -gx PATH "$VIRTUAL_ENV/bin" $PATH
if set -q PYTHONHOME
    set -g _OLD_VIRTUAL_PYTHONHOME $PYTHONHOME
    set -e PYTHONHOME
end
if not set -q VIRTUAL_ENV_DISABLE_PROMPT; and functions -q fish_prompt
    functions -c fish_prompt _ferrule_old_prompt
    function fish_prompt
        set -l last $status
        printf '(@PROMPT@) '
        echo "exit $last" | source
        _ferrule_old_prompt
    end
end
`;

const CSH = `# source this file from csh or tcsh at its prompt: source bin/activate.csh
set _ferrule_words = ($_)
alias deactivate 'test $?_OLD_VIRTUAL_PATH != 0 && setenv PATH "$_OLD_VIRTUAL_PATH" && unset _OLD_VIRTUAL_PATH; rehash; test $?_OLD_VIRTUAL_PROMPT != 0 && set prompt="$_OLD_VIRTUAL_PROMPT" && unset _OLD_VIRTUAL_PROMPT; unsetenv VIRTUAL_ENV; unsetenv VIRTUAL_ENV_PROMPT; test "\\!:*" != "nondestructive" && unalias deactivate'
deactivate nondestructive
if ($#_ferrule_words >= 2) then
    set _ferrule_bin = "\`dirname "$_ferrule_words[2]"\`"
    setenv VIRTUAL_ENV "\`cd "$_ferrule_bin/.." && pwd\`"
    unset _ferrule_bin
else if ($?FERRULE_ENVIRONMENT) then
    setenv VIRTUAL_ENV "$FERRULE_ENVIRONMENT"
else
    echo "this shell does not say which file it reads: setenv FERRULE_ENVIRONMENT to the environment's path first"
    exit 1
endif
setenv VIRTUAL_ENV_PROMPT '@PROMPT@'
set _OLD_VIRTUAL_PATH="$PATH"
setenv PATH "$VIRTUAL_ENV/bin:$PATH"
if (! $?VIRTUAL_ENV_DISABLE_PROMPT && $?prompt) then
    set _OLD_VIRTUAL_PROMPT="$prompt"
    set prompt = "(@PROMPT@) $prompt"
endif
unset _ferrule_words
rehash
`;

const NU = `# use this file from nushell: overlay use bin/activate.nu
export-env {
    let environment = ($env.FILE_PWD | path dirname)
    load-env {
        VIRTUAL_ENV: $environment
        VIRTUAL_ENV_PROMPT: '@PROMPT@'
        PATH: ($env.PATH | prepend ($environment | path join 'bin'))
    }
    hide-env --ignore-errors PYTHONHOME
}

export alias deactivate = overlay hide activate
`;

const POWERSHELL = `# dot-source this file from PowerShell: . bin/activate.ps1
function global:deactivate([switch] $NonDestructive) {
    if (Test-Path variable:global:_OLD_VIRTUAL_PATH) {
        $env:PATH = $global:_OLD_VIRTUAL_PATH
        Remove-Variable -Name _OLD_VIRTUAL_PATH -Scope global
    }
    if (Test-Path function:global:_ferrule_old_prompt) {
        $function:global:prompt = $function:global:_ferrule_old_prompt
        Remove-Item function:global:_ferrule_old_prompt
    }
    Remove-Item env:VIRTUAL_ENV, env:VIRTUAL_ENV_PROMPT -ErrorAction SilentlyContinue
    if (-not $NonDestructive) { Remove-Item function:global:deactivate }
}

deactivate -NonDestructive
$env:VIRTUAL_ENV = Split-Path -Parent $PSScriptRoot
$env:VIRTUAL_ENV_PROMPT = '@PROMPT@'
$global:_OLD_VIRTUAL_PATH = $env:PATH
$env:PATH = (Join-Path $env:VIRTUAL_ENV 'bin') + [System.IO.Path]::PathSeparator + $env:PATH
Remove-Item env:PYTHONHOME -ErrorAction SilentlyContinue
if (-not $env:VIRTUAL_ENV_DISABLE_PROMPT) {
    $function:global:_ferrule_old_prompt = $function:prompt
    function global:prompt { "($env:VIRTUAL_ENV_PROMPT) " + (_ferrule_old_prompt) }
}
`;

const PYTHON = `"""Puts the environment into a running interpreter: exec(compile(open(p).read(), p, 'exec'), {'__file__': p})"""

import os
import site
import sys

_bin = os.path.dirname(os.path.abspath(__file__))
_base = os.path.dirname(_bin)
_site = os.path.join(_base, 'lib', os.path.basename(os.path.dirname(site.getsitepackages()[0])), 'site-packages')
if not os.path.isdir(_site):
    raise RuntimeError('this environment is for another version of Python than %s' % sys.version.split()[0])

os.environ['PATH'] = os.pathsep.join([_bin] + os.environ.get('PATH', '').split(os.pathsep))
os.environ['VIRTUAL_ENV'] = _base
sys.real_prefix = sys.prefix
sys.prefix = _base
_before = set(sys.path)
site.addsitedir(_site)
sys.path[:] = [p for p in sys.path if p not in _before] + [p for p in sys.path if p in _before]
`;
