"""All trials by their names. Imported only where the kernel has such devices."""

from __future__ import annotations

from collections.abc import Callable, Coroutine

from lab.vm.guest import header, printers, scanners

Trial = Callable[[], Coroutine[object, object, None]]

TRIALS: dict[str, Trial] = {
    trial.__name__: trial
    for trial in (
        scanners.a_keyboard_scanner_is_read_and_types_into_nothing_else,
        scanners.a_scanner_pulled_in_the_middle_of_a_scan_is_missed_and_comes_back_by_its_name,
        scanners.two_scanners_that_are_alike_keep_their_places,
        scanners.all_event_nodes_of_one_scanner_are_read_and_grabbed,
        scanners.a_uinput_keyboard_is_read_and_its_end_is_noticed,
        scanners.a_serial_scanner_is_read_answered_and_comes_back,
        printers.a_usb_printer_prints_is_missed_in_the_middle_and_prints_again,
        printers.two_printers_that_are_alike_have_a_name_each,
        header.pins_are_driven_and_heard_as_on_a_pi,
    )
}
