namespace P2P.Conformance.Fuzz;

/// <summary>One decoder of hostile bytes.</summary>
/// <param name="Name">For messages and for P2P_FUZZ_TARGET.</param>
/// <param name="Seeds">Valid inputs to begin with.</param>
/// <param name="Run">
/// Decodes; throws nothing but <see cref="FuzzException"/>, which says that what was read and written again is not the same. The result names the
/// outcome: inputs with a new one are kept and changed further.
/// </param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Seeds, Func<byte[], int> Run)
{
    public override string ToString() => Name;
}
