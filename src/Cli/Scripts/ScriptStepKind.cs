namespace P2P.Cli.Scripts;

/// <summary>What a step of a script does.</summary>
internal enum ScriptStepKind
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary><c>["insert", replica, position, "text"]</c>.</summary>
    Insert,

    /// <summary><c>["delete", replica, position, count]</c>.</summary>
    Delete,

    /// <summary><c>["merge", from, to]</c>: delivers all that <c>from</c> has and <c>to</c> lacks.</summary>
    Merge,

    /// <summary><c>["text", replica]</c>: logs the text.</summary>
    Text,
}
