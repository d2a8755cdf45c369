namespace P2P.Node.Documents;

/// <summary>A minimal change of a text: at <see cref="Offset"/> remove, then insert.</summary>
/// <param name="Offset">UTF-16 offset in the text before the splice.</param>
/// <param name="Removed">UTF-16 units removed.</param>
/// <param name="Inserted">Text inserted.</param>
public readonly record struct TextSplice(int Offset, int Removed, string Inserted)
{
    /// <summary>The smallest single splice that turns one text into another.</summary>
    /// <param name="before">From.</param>
    /// <param name="after">To.</param>
    /// <returns>Null when they are equal.</returns>
    public static TextSplice? Between(string before, string after)
    {
        int prefix = before.AsSpan().CommonPrefixLength(after);
        if (prefix == before.Length && prefix == after.Length)
        {
            return null;
        }

        int suffix = 0;
        int suffixMax = Math.Min(before.Length, after.Length) - prefix;
        while (suffix < suffixMax && before[^(suffix + 1)] == after[^(suffix + 1)])
        {
            suffix++;
        }

        // Surrogate pairs stay whole: characters may share one half only.
        if (prefix > 0 && char.IsHighSurrogate(before[prefix - 1]))
        {
            prefix--;
        }

        if (suffix > 0 && char.IsLowSurrogate(before[^suffix]))
        {
            suffix--;
        }

        return new TextSplice(prefix, before.Length - prefix - suffix, after[prefix..^suffix]);
    }
}
