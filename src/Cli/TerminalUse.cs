namespace P2P.Cli;

/// <summary>Which of a command's streams are a terminal.</summary>
[Flags]
internal enum TerminalUse
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>Standard input.</summary>
    Input = 1,

    /// <summary>Standard output.</summary>
    Output = 2,

    /// <summary>Standard error.</summary>
    Errors = 4,
}
