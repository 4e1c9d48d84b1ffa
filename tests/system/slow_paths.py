#!/usr/bin/env python3
# Is the callee that a slow function's time went to found where no probe can be put at a function? On a disk that is slow.
from drill_cases import CASES, see
from harness import main, promise
from slow_device import slow_disk


def find(slowpath, folder, name):
    case = CASES[name]
    with slow_disk(slowpath, folder, case) as point:
        see(slowpath, case, point, 0, 'stacks')


@promise
def of_an_fsync_it_is_found(slowpath, folder):
    find(slowpath, folder, 'fsync')


@promise
def of_a_read_with_cold_checksums_it_is_found(slowpath, folder):
    find(slowpath, folder, 'cold checksums')


@promise
def of_a_storm_of_creates_it_is_found(slowpath, folder):
    find(slowpath, folder, 'create storm')


@promise
def of_a_read_through_the_page_cache_it_is_found(slowpath, folder):
    find(slowpath, folder, 'page cache')


if __name__ == '__main__':
    main()
