namespace P2P.Cli.Control;

/// <summary>What a frame of the control socket says. The name in lower case is its <c>type</c>.</summary>
internal enum ControlMessageKind
{
    /// <summary>Nothing; never sent.</summary>
    None = 0,

    /// <summary>Command to node, first and once: run this verb.</summary>
    Run,

    /// <summary>Command to node: a piece of standard input, asked for by <see cref="Ask"/>; empty at its end.</summary>
    Input,

    /// <summary>Command to node: the user pressed Ctrl-C.</summary>
    Cancel,

    /// <summary>Node to command: text for standard output.</summary>
    Out,

    /// <summary>Node to command: text for standard error.</summary>
    Err,

    /// <summary>Node to command: bytes for standard output.</summary>
    Data,

    /// <summary>Node to command: send one piece of standard input.</summary>
    Ask,

    /// <summary>Node to command: open the file named by the text in the user's editor.</summary>
    Edit,

    /// <summary>Command to node: the editor ended with this code.</summary>
    Edited,

    /// <summary>Node to command, last: the exit code.</summary>
    Exit,
}
