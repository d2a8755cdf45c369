namespace P2P.Crdt.Federation.Programs;

/// <summary>Rules of execution by name. A scheme fixes operators and gas for ever.</summary>
/// <remarks>Spec: federation, section 6.</remarks>
public static class ProgramScheme
{
    /// <summary>The scheme of this program.</summary>
    public const string Pel1 = "pel/1";

    /// <summary>Gas of <see cref="Pel1"/>.</summary>
    public const ulong GasMax = 100_000_000;

    /// <summary>Most nodes of a program.</summary>
    public const int NodesMax = 65_536;

    /// <summary>Longest path through a program.</summary>
    public const int DepthMax = 1_024;

    /// <summary>Longest value a node may produce.</summary>
    public const int ValueBytesMax = 16 * 1024 * 1024;

    /// <summary>Longest program block.</summary>
    public const int ProgramBytesMax = 1_048_576;

    /// <summary>Most hops of one traversal.</summary>
    public const int TraverseDepthMax = 64;

    /// <summary>The slot that names the snapshot which query operators read.</summary>
    public const string SnapshotSlot = "snapshot";
}
