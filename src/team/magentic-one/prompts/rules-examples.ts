import type { Message } from "../../../events/message.ts";
import type { TeamTask } from "../../team.ts";
import { rulesQuestion } from "./rules.ts";

/**
 * Worked examples for the Coder under rules. A model of half a billion parameters answers none of a
 * dozen questions on a table without them and nearly all with two (measured), so an example looks
 * just like the real question: the file as `read-file` shows it, the same words, the bare program.
 * The two of a kind differ in shape, or the second one's shape is seen in every question.
 */
interface Example {
  /** What `read-file` says of the files; empty where there are none. */
  readonly heads: string;
  readonly files: readonly string[];
  readonly question: string;
  readonly program: string;
}

/** What a second example says of the first one's file: every token is waited for. */
const SAME_FILE = "The file is the same.";

const ORDERS = `orders.csv: a table of 310 rows and 4 columns, delimited by ",". It begins:
shop,year,total,paid
North,2019,120.5,yes
South,2020,80,no
North,2020,64.25,yes

Columns:
- shop: text, "North", "South", "East"
- year: integer, 2016 to 2021
- total: number, 5.5 to 912.75
- paid: boolean, "yes", "no"`;

const filtered: Example = {
  heads: ORDERS,
  files: ["orders.csv"],
  question: "How many paid orders did shop North have since 2018, and what was their median total?",
  program: `import pandas as pd

table = pd.read_csv("orders.csv")
chosen = table[(table["paid"] == "yes") & (table["shop"] == "North") & (table["year"] >= 2018)]
print(len(chosen), chosen["total"].median())`,
};

const grouped: Example = {
  heads: SAME_FILE,
  files: ["orders.csv"],
  question: "In which year did shop South take the most money?",
  program: `import pandas as pd

table = pd.read_csv("orders.csv")
chosen = table[table["shop"] == "South"]
sums = chosen.groupby("year")["total"].sum()
print(sums.idxmax(), sums.max())`,
};

const joined: Example = {
  heads: `${SAME_FILE} Another one is beside it.

shops.csv: a table of 3 rows and 2 columns, delimited by ",". It begins:
name,city
North,Oslo
South,Rome
East,Lyon

Columns:
- name: text, "North", "South", "East"
- city: text, "Oslo", "Rome", "Lyon"`,
  files: ["orders.csv", "shops.csv"],
  question: "What is the sum of the totals of the orders in Rome?",
  program: `import pandas as pd

orders = pd.read_csv("orders.csv")
shops = pd.read_csv("shops.csv")
table = orders.merge(shops, left_on="shop", right_on="name")
chosen = table[table["city"] == "Rome"]
print(chosen["total"].sum())`,
};

const LOG = `door.log: text
2021-03-01 08:02 anna enters
2021-03-01 08:15 ben enters
2021-03-01 11:40 anna leaves`;

const countedLines: Example = {
  heads: LOG,
  files: ["door.log"],
  question: "How many times did ben leave?",
  program: `count = 0
with open("door.log") as file:
    for line in file:
        if "ben leaves" in line:
            count += 1
print(count)`,
};

const splitLines: Example = {
  heads: SAME_FILE,
  files: ["door.log"],
  question: "On how many different days did anybody enter?",
  program: `days = set()
with open("door.log") as file:
    for line in file:
        words = line.split()
        if len(words) == 4 and words[3] == "enters":
            days.add(words[0])
print(len(days))`,
};

const counted: Example = {
  heads: "",
  files: [],
  question: "How many whole numbers from 1 to 500 are divisible by 7 but not by 2?",
  program: `count = 0
for number in range(1, 501):
    if number % 7 == 0 and number % 2 != 0:
        count += 1
print(count)`,
};

const dated: Example = {
  heads: "",
  files: [],
  question: "Which day of the week was 29 February 2000?",
  program: `from datetime import date

print(date(2000, 2, 29).strftime("%A"))`,
};

/** Two examples of the kind of question that the task is, as turns of a conversation. */
export function rulesExamples({ files }: TeamTask): Message[] {
  return examplesFor(files.map(({ path }) => path)).flatMap(({ question, heads, files: names, program }) => [
    { role: "user", content: rulesQuestion(question, heads, names) },
    { role: "assistant", content: `\`\`\`python\n${program}\n\`\`\`` },
  ]);
}

function examplesFor(paths: readonly string[]): readonly [Example, Example] {
  if (paths.length === 0) return [counted, dated];
  const tables = paths.filter((path) => /\.(csv|tsv|tab)$/i.test(path)).length;
  if (tables === 0) return [countedLines, splitLines];
  if (tables < paths.length) return [countedLines, filtered];
  return paths.length === 1 ? [filtered, grouped] : [filtered, joined];
}
