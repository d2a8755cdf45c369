namespace P2P.Crdt.Federation.Execution;

/// <summary>Tags of artifacts that executors act on.</summary>
/// <remarks>Spec: federation, F17 and section 6, "Multi-node execution", which gives the tags words; these are their numbers.</remarks>
public static class ExecutionTags
{
    /// <summary>The tag <c>executor</c>: the author of the artifact runs stages for others. The content is free.</summary>
    public const uint Executor = 0x7065_6c01;

    /// <summary>The tag <c>pel-request</c>: the content is a <see cref="ProgramRequest"/>.</summary>
    public const uint Request = 0x7065_6c02;
}
