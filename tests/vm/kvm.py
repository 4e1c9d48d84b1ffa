#!/usr/bin/env python3
# Are the exits of guests told as they happen? A guest in the virtual machine leaves as often as it is told to, for reasons that are known.
import json
import os
import pathlib
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'system'))
from harness import Skip, check, main, promise, report_of, wait_for  # noqa: E402
from machine import Machine, run_command  # noqa: E402
from parts import Missing, get_parts  # noqa: E402

SCHEMA = 'slowpath.kvm/1'
TINY_GUEST = pathlib.Path(os.environ.get('SLOWPATH_VM_CULPRITS', ''), 'tiny_guest')
HALTS = 10
BOOT_LIMIT_S = 200  # some 23 s on an idle machine
# Direct writes, on a disk with an iothread.
WRITER = '''
modprobe virtio_blk
for _ in $(seq 100); do test -e /dev/vda && break; sleep 0.1; done
touch /vm/ready
while ! test -e /vm/stop; do dd if=/dev/zero of=/dev/vda bs=4k count=200 oflag=direct 2>/dev/null; done
'''


def need_kvm():
    """Its module for AMD's CPUs, which the emulator can be."""
    done = subprocess.run(['modprobe', 'kvm_amd'], capture_output=True, text=True, check=False)
    if not os.path.exists('/dev/kvm'):
        raise Skip(f'there is no /dev/kvm: {done.stderr.strip() or "kvm_amd finds no CPU with SVM"}')
    if not TINY_GUEST.is_file():
        raise Skip('there is no tiny_guest: SLOWPATH_VM_CULPRITS is the folder where it was built')


def run_guest(slowpath, *numbers, more=()):
    """What it did as it says itself, the report, and that on its one guest."""
    need_kvm()
    done = slowpath.run('kvm', '-q', '--json', *more, '--', TINY_GUEST, *numbers)
    said, _, rest = done.stdout.partition(b'\n')
    done.stdout = rest
    report = report_of(done, SCHEMA)
    guest, = report['guests']
    check(report['has_exits'] and report['lost_exits'] == 0, 'its exits are seen, and none is lost', report['notes'])
    return json.loads(said), report, guest


def reasons_of(guest):
    return {reason['name']: reason for reason in guest['exits']['reasons']}


def claims_of(report):
    return {claim['id'] for claim in report['claims']}


@promise
def exits_of_a_running_guest_are_those_that_it_made(slowpath, folder):
    """Outputs to the program, outputs to the kernel's interrupt controller, CPUID and halts; interrupts come as they will."""
    recording = folder / 'exits.slowpath'
    did, report, guest = run_guest(slowpath, 3000, 400, HALTS, 0, more=['-o', recording])
    exits, reasons = guest['exits'], reasons_of(guest)
    # The last output ends the guest: it does not go back.
    check((reasons['io']['count'], exits['open']) == (did['io'] - 1, 1), 'each output is an exit', did, reasons['io'], exits['open'])
    check(reasons['io']['user_count'] == did['to_program'] - 1, 'those to the program are told apart', did, reasons['io'])
    check(reasons['cpuid']['count'] == did['cpuid'] and reasons['cpuid']['user_count'] == 0, 'so is CPUID', did, reasons['cpuid'])
    check(reasons['hlt']['count'] == did['hlt'] and reasons['hlt']['user_count'] == 0, 'and each halt', did, reasons['hlt'])
    check(set(reasons) <= {'io', 'cpuid', 'hlt', 'interrupt', 'npf', 'vintr', 'nmi'}, 'there is nothing else', reasons)
    asked, = exits['user_reasons']
    check((asked['name'], asked['count']) == ('IO', did['to_program'] - 1), 'what the program was asked for', asked)
    check(exits['idle_ns'] >= did['hlt'] * did['halt_ns'] * 0.9, 'the guest slept in its halts', exits['idle_ns'], did)
    check(reasons['hlt']['is_idle'] and reasons['hlt']['total_ns'] < reasons['hlt']['idle_ns'], 'which counts for no time outside', reasons['hlt'])
    check(0 < exits['user_ns'] < exits['outside_ns'], 'the program\'s part is less than all', exits)
    claims = claims_of(report)
    check({'virt.exit', 'virt.exit.user'} <= claims, 'that it leaves so often is found', claims)
    claim, = [claim for claim in report['claims'] if claim['id'] == 'virt.exit']
    check(' io ' in claim['seen'], 'and for what', claim)
    again = report_of(slowpath.run('kvm', '--json', '-i', recording), SCHEMA)
    check({**again, 'maps': []} == {**report, 'maps': []}, 'the recording says the same', [key for key in report if report[key] != again[key]])


@promise
def time_inside_and_outside_is_the_time_of_the_virtual_cpu(slowpath, folder):
    did, report, guest = run_guest(slowpath, 1000, 1000, HALTS, 1500)
    exits = guest['exits']
    told = exits['in_guest_ns'] + exits['outside_ns'] + exits['idle_ns']
    # Before the first entry and after the last exit it is neither here nor there.
    check(0.9 * did['run_ns'] <= told <= 1.01 * did['run_ns'], 'it adds up', exits, did)
    check(exits['in_guest_ns'] > exits['outside_ns'], 'most of it in the guest, that counts', exits)
    thread, = [thread for thread in guest['threads'] if thread['name'] == 'CPU 0/KVM']
    check(thread.get('role') == 'vCPU 0, KVM', 'its thread is known', guest['threads'])
    wakes = [wake for wake in guest['wakes'] if wake['waker'].startswith('timer') and wake['sleeper'].startswith('CPU 0/KVM')]
    check(wakes and wakes[0]['count'] >= HALTS - 2 and [path['path'] for path in wakes[0]['paths']] == ['interrupt into the guest'],
          'it is woken by who gives it interrupts, by that way', guest['wakes'])


@promise
def the_lower_rungs_see_the_same_exits(slowpath, folder):
    for without in ('tp_btf', 'tp_btf,raw_tp'):
        did, _, guest = run_guest(slowpath, 500, 100, HALTS, 0, more=['--without', without])
        reasons = reasons_of(guest)
        counts = (reasons['io']['count'], reasons['io']['user_count'], reasons['cpuid']['count'], reasons['hlt']['count'])
        check(counts == (did['io'] - 1, did['to_program'] - 1, did['cpuid'], did['hlt']), f'without {without}', did, reasons)
        check(guest['exits']['idle_ns'] >= did['hlt'] * did['halt_ns'] * 0.9, 'and how long it had nothing to do', guest['exits'])


@promise
def a_guest_that_works_is_not_said_to_leave(slowpath, folder):
    _, report, guest = run_guest(slowpath, 1, 1, 0, 4500)
    check(guest['exits']['guest_share'] > 0.9, 'it is in the guest', guest['exits'])
    check(not claims_of(report) & {'virt.exit', 'virt.exit.user'}, 'nothing is wrong with that', report['claims'])


@promise
def a_guest_that_ran_before_is_watched_by_its_process(slowpath, folder):
    """It is in its guest when the watch begins, and when it ends: that time is told as well."""
    need_kvm()
    running = subprocess.Popen([TINY_GUEST, '1', '1', '0', '4000000000'], stdout=subprocess.DEVNULL)
    try:
        report = report_of(slowpath.run('kvm', '-q', '-p', running.pid, '-d', '2', '--json'), SCHEMA)
        check(running.poll() is None, 'it still runs', running.returncode)
    finally:
        running.kill()
        running.wait()
    guest, = report['guests']
    exits = guest['exits']
    check(exits['vcpus'] == 1 and exits['open'] in (0, 1), 'its virtual CPU is seen', exits)
    told = exits['in_guest_ns'] + exits['outside_ns'] + exits['idle_ns']
    check(1.8e9 <= told <= 2.6e9, 'all of the time is told', exits)


def watch_nested(slowpath, folder):
    """A QEMU with KVM whose guest writes: what is told of it."""
    share = folder / 'share'
    share.mkdir()
    try:
        parts = get_parts(pathlib.Path(os.environ.get('SLOWPATH_VM_CACHE', '')))
    except (Missing, OSError) as reason:
        raise Skip(f'there is no machine to run within: {reason}') from None
    machine = Machine(parts, cpus=1, memory_mib=320, disks=['virtio:16M'], share=str(share), is_nested=True)
    with open(folder / 'out', 'wb') as out, open(folder / 'err', 'wb') as err:
        running = threading.Thread(target=run_command, args=(machine, ['sh', '-c', WRITER], BOOT_LIMIT_S, out, err))
        running.start()
        try:
            wait_for(lambda: (share / 'ready').exists() or not running.is_alive(), BOOT_LIMIT_S, 'the guest')
            if not (share / 'ready').exists():
                raise Skip(f'the guest did not come up: {(folder / "err").read_bytes()[-300:]!r}')
            return report_of(slowpath.run('kvm', '-q', '-d', '3', '--json'), SCHEMA)
        finally:
            (share / 'stop').touch()
            running.join(BOOT_LIMIT_S)


@promise
def a_guest_of_qemu_is_told_from_its_kick_to_its_interrupt(slowpath, folder):
    """Its CPU kicks the iothread, that one the pool, which answers; and the interrupt comes from the iothread."""
    need_kvm()
    report = watch_nested(slowpath, folder)
    guest, = report['guests']
    ways = {(wake['waker'].partition('[')[0].partition(' (')[0], wake['sleeper'].partition('[')[0].partition(' (')[0]):
            [path['path'] for path in wake['paths']] for wake in guest['wakes']}
    check('kick by ioeventfd' in ways[('CPU 0/KVM', 'IO io0')], 'the kick', ways)
    check('a request for the thread pool, by futex' in ways[('IO io0', 'worker')], 'the request', ways)
    check('completion of the thread pool, by eventfd' in ways[('worker', 'IO io0')], 'its completion', ways)
    check('interrupt into the guest, by irqfd' in ways[('IO io0', 'CPU 0/KVM')], 'and the interrupt', ways)
    check('virt.emulated' not in claims_of(report), 'it runs on KVM', report['claims'])
    exits, reasons = guest['exits'], reasons_of(guest)
    check(reasons['hlt']['is_idle'] and exits['idle_ns'] > 0, 'it is idle while it waits', exits)
    # A kick is a write to memory of the device.
    check(reasons['npf']['count'] > 0 and {'msr', 'interrupt'} <= set(reasons), 'why it leaves', reasons)
    told = exits['in_guest_ns'] + exits['outside_ns'] + exits['idle_ns']
    check(0.8 * report['window_s'] <= told / 1e9 <= 1.02 * report['window_s'], 'all of the time is told', exits, report['window_s'])


if __name__ == '__main__':
    main()
