// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Text;

namespace Framealloc
{
    /// <summary>Texts as C has them.</summary>
    internal static unsafe class Utf8
    {
        /// <summary>The bytes with a terminator; null, which pins as NULL, for null.</summary>
        public static byte[] Of(string text)
        {
            if (text == null)
                return null;
            if (text.IndexOf('\0') >= 0)
                throw new ArgumentException("A name has no character 0, which ends it for C.", nameof(text));
            return Terminated(text);
        }

        /// <summary>The same of a text whose length is told as well.</summary>
        public static byte[] Terminated(string text)
        {
            var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
            Encoding.UTF8.GetBytes(text, 0, text.Length, bytes, 0);
            return bytes;
        }

        public static string Read(byte* text)
        {
            return text == null ? "" : Read(text, int.MaxValue);
        }

        public static string Read(byte* text, int most)
        {
            int length = 0;
            while (length < most && text[length] != 0)
                length++;
            return Encoding.UTF8.GetString(text, length);
        }
    }
}
