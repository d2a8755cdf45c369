using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace P2P.Core.Runtime;

/// <summary>Assertions that stay on in Release: a broken invariant ends the loop instead of corrupting its state.</summary>
public static class Invariant
{
    /// <summary>Throws when <paramref name="condition"/> is false. Only for our own defects, never for a peer's bytes.</summary>
    /// <param name="condition">What must hold.</param>
    /// <param name="message">What was broken; numbers and ids only.</param>
    /// <exception cref="UnreachableException">The condition is false.</exception>
    public static void Check([DoesNotReturnIf(false)] bool condition, string message)
    {
        if (!condition)
        {
            throw new UnreachableException(message);
        }
    }
}
