namespace P2P.Crdt.HashSeq;

/// <summary>Text that has a UTF-8 form.</summary>
internal static class WellFormed
{
    /// <summary>Throws on a lone surrogate.</summary>
    public static void Check(ReadOnlySpan<char> text, string name)
    {
        for (int i = text.IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]))
            {
                bool pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
                if (!pair)
                {
                    throw new ArgumentException("Lone surrogate.", name);
                }

                i++;
            }
        }
    }
}
