namespace P2P.Core.Runtime;

/// <summary>Source of random bytes. Injected everywhere, so that one seed repeats a whole run.</summary>
public interface IChance
{
    /// <summary>Fills <paramref name="destination"/> with random bytes.</summary>
    /// <param name="destination">Any length.</param>
    void Fill(Span<byte> destination);
}
