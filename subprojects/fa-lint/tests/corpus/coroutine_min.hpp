/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Just enough of coroutines for a compiler: the header of the standard library does not fit every compiler of it. */
#ifndef COROUTINE_MIN_HPP
#define COROUTINE_MIN_HPP

namespace std {
template <typename Result, typename... Arguments> struct coroutine_traits {
    using promise_type = typename Result::promise_type;
};
template <typename Promise = void> struct coroutine_handle;
template <> struct coroutine_handle<void> {
    static coroutine_handle from_address(void *) noexcept { return {}; }
    void *address() const noexcept { return nullptr; }
};
template <typename Promise> struct coroutine_handle {
    static coroutine_handle from_address(void *) noexcept { return {}; }
    void *address() const noexcept { return nullptr; }
    operator coroutine_handle<void>() const noexcept { return {}; }
};
struct suspend_never {
    bool await_ready() const noexcept { return true; }
    void await_suspend(coroutine_handle<>) const noexcept {}
    void await_resume() const noexcept {}
};
struct suspend_always {
    bool await_ready() const noexcept { return false; }
    void await_suspend(coroutine_handle<>) const noexcept {}
    void await_resume() const noexcept {}
};
} // namespace std

struct job {
    struct promise_type {
        job get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() {}
        std::suspend_always yield_value(int) { return {}; }
    };
};

using tick = std::suspend_always;

#endif
