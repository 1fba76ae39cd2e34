import type { ModelList } from '../../shared/model.ts';
import { type Effort, rulesOf } from '../claude/models.ts';

/** What Codex shows beside each level of reasoning. */
const LEVELS: Readonly<Record<Effort, string>> = {
  low: 'Answers soon, thinks little',
  medium: 'Thinks as much as most tasks need',
  high: 'Thinks longer, for harder tasks',
  xhigh: 'Thinks much longer, for long work on its own',
  max: 'Thinks without a limit of its own',
};

/** What Codex tells a model that it knows by this list alone; for others it has texts of its own. */
const INSTRUCTIONS = `You are a coding agent in the Codex CLI, working with the user in one folder of their machine.
Look at the code before you change it, and keep to its style. Make the change that was asked for, at its root, and nothing beside it.
Change files with apply_patch. Run the project's own checks where there are any, and read what they say.
Go on until the task is done; ask only where a choice is the user's to make. Never undo changes that are not yours.
Say at the end, in a few sentences, what you changed, how you checked it, and what is left.`;

/** Bytes of a tool's output that go to the model. */
const OUTPUT_BYTES = 10_000;

/**
 * The catalogue that Codex asks for with `?client_version=`: windows, levels of reasoning and tools of each model. Codex
 * reads none of the list where one of these fields is missing.
 *
 * @param modelOf returns the model that a name of the list stands for
 */
export function toCodexModels({ data }: ModelList, modelOf: (name: string) => string): object[] {
  return data.map(({ id, display_name: name = id, context_window: window }, index) => {
    const efforts = rulesOf(modelOf(id))?.efforts ?? [];
    return {
      slug: id,
      display_name: name,
      description: null,
      supported_reasoning_levels: efforts.map((effort) => ({ effort, description: LEVELS[effort] })),
      ...(efforts.length > 0 && { default_reasoning_level: 'medium' }),
      shell_type: 'unified_exec',
      visibility: 'list',
      supported_in_api: true,
      priority: index,
      support_verbosity: true,
      default_verbosity: null,
      apply_patch_tool_type: 'freeform',
      truncation_policy: { mode: 'bytes', limit: OUTPUT_BYTES },
      supports_parallel_tool_calls: true,
      context_window: window,
      input_modalities: ['text', 'image'],
      experimental_supported_tools: [],
      base_instructions: INSTRUCTIONS,
    };
  });
}
