// SPDX-License-Identifier: MIT
// The parts of flow_set: the list, the heap of deadlines, the pacer, the queue for turns.
#include "admission.hpp"
#include "fifo.hpp"
#include "loop_time.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>
#include <vector>

using namespace lark;
using namespace lark::injected::detail;
using namespace std::chrono_literals;

namespace {

constexpr time_point t0 = from_origin(100s);

struct item : fifo_element<item> {
    explicit item(int v) : value(v) {}
    int value;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(flow_set_parts)

BOOST_AUTO_TEST_CASE(a_fifo_keeps_order_and_lets_go_of_the_middle) {
    fifo<item> list;
    item a{1}, b{2}, c{3};
    for (auto* i : {&a, &b, &c}) list.push_back(*i);
    b.unlink();
    BOOST_TEST(!b.is_linked());
    {
        item gone{4};
        list.push_back(gone);
        BOOST_TEST(list.size() == 3u);
    }
    list.push_back(b);
    for (const int expected : {1, 3, 2}) BOOST_TEST(list.pop_front()->value == expected);
    BOOST_TEST((list.pop_front() == nullptr));
    BOOST_TEST(list.empty());
}

BOOST_AUTO_TEST_CASE(the_heap_does_what_a_sorted_list_would) {
    std::mt19937 random{7};
    deadline_heap heap;
    std::map<deadline_heap::slot, std::pair<time_point, unsigned>> plain;  // and the order of setting, for ties
    unsigned order = 0;
    for (int i = 0; i < 20'000; ++i) {
        const auto slot = static_cast<deadline_heap::slot>(random() % 50);
        const auto t = t0 + std::chrono::milliseconds{random() % 40};
        switch (random() % 4) {
        case 0:
        case 1:
            heap.set(slot, t);
            plain[slot] = {t, order++};
            break;
        case 2:
            heap.clear(slot);
            plain.erase(slot);
            break;
        default: {
            const auto first = std::min_element(plain.begin(), plain.end(),
                                                [](const auto& x, const auto& y) { return x.second < y.second; });
            BOOST_REQUIRE(
                (heap.earliest() == (first == plain.end() ? std::nullopt : std::optional{first->second.first})));
            const auto popped = heap.pop_due(t);
            if (first == plain.end() || first->second.first > t) {
                BOOST_REQUIRE(!popped.has_value());
            } else {
                BOOST_REQUIRE(popped == first->first);
                plain.erase(first);
            }
        }
        }
        BOOST_REQUIRE(heap.size() == plain.size());
    }
}

BOOST_AUTO_TEST_CASE(stale_deadlines_do_not_pile_up) {
    deadline_heap heap;
    constexpr std::size_t slots = 100;
    for (deadline_heap::slot s = 0; s < slots; ++s) heap.set(s, t0);
    for (std::size_t i = 0; i < 100'000; ++i)
        heap.set(static_cast<deadline_heap::slot>(i % slots), t0 + std::chrono::milliseconds{i});
    BOOST_TEST(heap.size() == slots);
    BOOST_TEST(heap.held() <= 2 * slots + deadline_heap::smallest_to_compact);
    for (deadline_heap::slot s = 0; s < slots; ++s) heap.clear(s);
    BOOST_TEST(!heap.earliest().has_value());
    BOOST_TEST(heap.held() == 0u);
}

BOOST_AUTO_TEST_CASE(turns_come_in_steps_while_deadlines_come_thick) {
    turn_grid grid{8ms};
    BOOST_TEST((grid.turn_for(t0) == t0), "nothing before it");
    grid.taken(t0, t0 + 8ms - 1ns);
    BOOST_TEST((grid.turn_for(t0 - 1s) == t0 + 8ms));
    BOOST_TEST((grid.turn_for(t0 + 1ns) == t0 + 8ms));
    BOOST_TEST((grid.turn_for(t0 + 8ms) == t0 + 8ms));
    BOOST_TEST((grid.turn_for(t0 + 8ms + 1ns) == t0 + 16ms));
    BOOST_TEST((grid.turn_for(t0 + 16ms - 1ns) == t0 + 16ms));
    BOOST_TEST((grid.turn_for(t0 + 16ms + 1ns) == t0 + 16ms + 1ns), "a pause: at its own time");
    BOOST_TEST((grid.turn_for(time_point::max()) == time_point::max()));
    grid.taken(t0, t0 + 8ms);
    BOOST_TEST((grid.turn_for(t0 + 9ms) == t0 + 16ms), "the turn came too late to count from its own time");
    grid.taken(time_point::max(), time_point::max());
    BOOST_TEST((grid.turn_for(t0) == time_point::max()), "no overflow");
}

BOOST_AUTO_TEST_CASE(without_a_step_each_deadline_has_its_own_turn) {
    turn_grid grid{0ms};
    grid.taken(t0, t0);
    for (const auto after : {0ns, 1ns, 8'000'000ns}) BOOST_TEST((grid.turn_for(t0 + after) == t0 + after));
}

BOOST_AUTO_TEST_CASE(the_pacer_holds_the_rate) {
    start_pacer pacer{1000, 10'000, t0};
    unsigned count = 0;
    for (auto t = t0; t < t0 + 1s; t += 100us)
        for (; pacer.allows(t); ++count) {
            pacer.count(t);
            pacer.learn(1ms, t);
        }
    BOOST_TEST(count >= 1000u);
    BOOST_TEST(count <= 1005u);
    BOOST_TEST(pacer.allows(pacer.next()));
    BOOST_TEST(!pacer.allows(pacer.next() - 1ns));
}

BOOST_AUTO_TEST_CASE(the_pacer_holds_the_rate_though_its_user_comes_late) {
    start_pacer pacer{100, 10'000, t0, 8ms};
    pacer.learn(1ms, t0);
    unsigned count = 0;
    for (auto t = t0; t < t0 + 1s; t += 8ms)
        for (; pacer.allows(t); ++count) pacer.count(t);
    BOOST_TEST(count == 100u);
}

BOOST_AUTO_TEST_CASE(a_slow_pacer_allows_one_at_once) {
    start_pacer pacer{2, 10'000, t0};
    BOOST_TEST(pacer.allows(t0));
    pacer.count(t0);
    BOOST_TEST(!pacer.allows(t0 + 499ms));
    BOOST_TEST((pacer.next() == t0 + 500ms));
}

BOOST_AUTO_TEST_CASE(the_pacer_goes_by_the_service) {
    start_pacer pacer{1000, 300, t0};  // half of the places to starts that take three replies each: 50 / T a second
    pacer.learn(2s, t0);
    pacer.count(t0);
    BOOST_TEST((pacer.next() == t0 + 40ms));
    for (int i = 0; i < 200; ++i) pacer.learn(100ms, t0 + 1s);
    pacer.count(t0 + 1s);
    BOOST_TEST((pacer.next() - (t0 + 1s) < 3ms), "the service has become quick");
    start_pacer fresh{1000, 300, t0};
    fresh.count(t0);
    BOOST_TEST((fresh.next() == t0 + 20ms), "nothing known yet: a second is assumed");
    fresh.learn(0ms, t0 + 1ms);
    BOOST_TEST((fresh.next() <= t0 + 2ms));
}

BOOST_AUTO_TEST_CASE(no_rate_no_limit) {
    start_pacer pacer{0, 1, t0};
    pacer.learn(10s, t0);
    for (int i = 0; i < 1000; ++i) {
        BOOST_REQUIRE(pacer.allows(t0));
        pacer.count(t0);
    }
}

BOOST_AUTO_TEST_CASE(the_queue_forgets_hosts_without_users) {
    send_queue queue{1, 1};
    auto& h = queue.host_of("https://a.example/");
    BOOST_TEST(&queue.host_of("https://a.example") == &h);
    queue.add_user(h);
    queue.add_user(h);
    queue.remove_user(h);
    BOOST_TEST(queue.hosts() == 1u);
    queue.remove_user(h);
    BOOST_TEST(queue.hosts() == 0u);
}

BOOST_AUTO_TEST_CASE(a_host_is_forgotten_without_a_look_at_the_others) {
    // A look at each of the others would take minutes, and run into the suite's time limit.
    send_queue queue{1, 1};
    std::vector<host*> hosts;
    for (int i = 0; i < 60'000; ++i) {
        auto& h = queue.host_of("https://tenant-" + std::to_string(i) + ".example");
        queue.add_user(h);
        hosts.push_back(&h);
    }
    for (auto* h : hosts) queue.remove_user(*h);
    BOOST_TEST(queue.hosts() == 0u);
}

BOOST_AUTO_TEST_CASE(a_held_host_is_passed_over_until_all_are_released) {
    send_queue queue{9, 9};
    auto& a = queue.host_of("https://a.example");
    auto& b = queue.host_of("https://b.example/");
    BOOST_TEST(b.origin() == "https://b.example");
    BOOST_TEST((queue.next(urgency::due) == nullptr));
    std::vector<waiter> at_a(3), at_b(2);
    queue.push(at_a[0], a, urgency::due);
    queue.push(at_b[0], b, urgency::due);
    queue.push(at_a[1], a, urgency::start);
    BOOST_TEST((queue.next(urgency::due) == &a));
    queue.hold(a);
    BOOST_TEST((queue.next(urgency::due) == &b));
    BOOST_TEST((queue.next(urgency::start) == nullptr));
    queue.push(at_a[2], a, urgency::start);
    BOOST_TEST(!queue.can_pop(urgency::start));
    BOOST_TEST((queue.pop(urgency::due) == &at_b[0]));
    BOOST_TEST((queue.pop(urgency::due) == nullptr));
    BOOST_TEST(queue.waiting() == 3u);
    queue.remove(at_a[1], a);
    queue.hold(b);
    queue.push(at_b[1], b, urgency::start);
    queue.release_held();
    BOOST_TEST((queue.pop(urgency::due) == &at_a[0]));
    BOOST_TEST((queue.pop(urgency::start) == &at_a[2]));
    BOOST_TEST((queue.pop(urgency::start) == &at_b[1]));
    BOOST_TEST(queue.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(the_queue_counts_places) {
    send_queue queue{3, 2};
    auto& a = queue.host_of("https://a.example");
    auto& b = queue.host_of("https://b.example");
    std::vector<waiter> at_a(5), at_b(5);
    for (auto& w : at_a) queue.push(w, a, urgency::due);
    for (auto& w : at_b) queue.push(w, b, urgency::start);
    BOOST_TEST((queue.pop(urgency::due) == &at_a[0]));
    BOOST_TEST((queue.pop(urgency::due) == &at_a[1]));
    BOOST_TEST((queue.pop(urgency::due) == nullptr), "the host has no place left");
    BOOST_TEST((queue.pop(urgency::start) == &at_b[0]));
    BOOST_TEST((queue.pop(urgency::start) == nullptr), "no place left at all");
    queue.release(b);
    BOOST_TEST((queue.pop(urgency::due) == nullptr));
    queue.release(a);
    queue.remove(at_a[2], a);
    queue.remove(at_a[2], a);
    BOOST_TEST((queue.pop(urgency::due) == &at_a[3]));
    BOOST_TEST(queue.waiting() == 5u);
    BOOST_TEST(queue.in_flight() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
