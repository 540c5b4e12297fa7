// SPDX-License-Identifier: MIT OR Apache-2.0
// What the tests need of xunit, for a runtime that has none: the same cases run on Mono.
using System;
using System.Collections.Generic;
using System.Reflection;

namespace Xunit
{
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class FactAttribute : Attribute
    {
    }

    public sealed class AssertionException : Exception
    {
        public AssertionException(string message) : base(message)
        {
        }
    }

    public static class Assert
    {
        public static void True(bool holds)
        {
            if (!holds)
                throw new AssertionException("not true");
        }

        public static void False(bool holds)
        {
            if (holds)
                throw new AssertionException("not false");
        }

        public static void Equal<T>(T expected, T actual)
        {
            if (!EqualityComparer<T>.Default.Equals(expected, actual))
                throw new AssertionException($"expected {expected}, but it is {actual}");
        }

        public static void Equal<T>(T[] expected, T[] actual)
        {
            Equal(string.Join(",", expected), string.Join(",", actual));
        }

        public static void NotNull(object found)
        {
            True(found != null);
        }

        public static void Null(object found)
        {
            True(found == null);
        }

        public static void Contains(string part, string whole)
        {
            if (!whole.Contains(part))
                throw new AssertionException($"'{part}' is not in '{whole}'");
        }

        public static void DoesNotContain(string part, string whole)
        {
            if (whole.Contains(part))
                throw new AssertionException($"'{part}' is in '{whole}'");
        }

        public static T Throws<T>(Action action) where T : Exception
        {
            return (T)Caught(action, type => type == typeof(T), typeof(T));
        }

        public static T ThrowsAny<T>(Action action) where T : Exception
        {
            return (T)Caught(action, type => typeof(T).IsAssignableFrom(type), typeof(T));
        }

        private static Exception Caught(Action action, Predicate<Type> wanted, Type expected)
        {
            try
            {
                action();
            }
            catch (Exception error) when (wanted(error.GetType()))
            {
                return error;
            }
            catch (Exception error)
            {
                throw new AssertionException($"expected {expected.Name}, but caught {error}");
            }
            throw new AssertionException($"expected {expected.Name}, but nothing was thrown");
        }
    }

    public static class Runner
    {
        public static int Main(string[] names)
        {
            int passed = 0, failed = 0;
            foreach (Type type in Assembly.GetExecutingAssembly().GetTypes())
            {
                foreach (MethodInfo test in type.GetMethods(BindingFlags.Public | BindingFlags.Instance))
                {
                    if (test.GetCustomAttribute<FactAttribute>() == null)
                        continue;
                    string name = type.Name + "." + test.Name;
                    if (names.Length > 0 && !Array.Exists(names, name.Contains))
                        continue;
                    if (Passes(type, test, name))
                        passed++;
                    else
                        failed++;
                }
            }
            Console.WriteLine($"{passed} passed, {failed} failed");
            return failed == 0 && passed > 0 ? 0 : 1;
        }

        private static bool Passes(Type type, MethodInfo test, string name)
        {
            try
            {
                object instance = Activator.CreateInstance(type);
                test.Invoke(instance, null);
                (instance as IDisposable)?.Dispose();
                return true;
            }
            catch (Exception error)
            {
                Console.WriteLine($"{name}: {error.InnerException ?? error}");
                return false;
            }
        }
    }
}
