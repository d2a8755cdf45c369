#pragma warning disable RS0030 // the seam itself
using System.Security.Cryptography;

namespace P2P.Core.Runtime;

/// <summary>The operating system's random source. Thread-safe.</summary>
public sealed class SystemChance : IChance
{
    private SystemChance()
    {
    }

    /// <summary>The one instance; it has no state.</summary>
    public static SystemChance Instance { get; } = new();

    /// <inheritdoc/>
    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
